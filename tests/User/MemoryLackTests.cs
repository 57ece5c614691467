using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;
using Tierce.Abi;
using Tierce.Root;
using Tierce.Runtime;

namespace Tierce.User;

/// <summary>Guests of any size on machines of any map: root finds room, or says in numbers that add up why there is none.</summary>
public sealed partial class MemoryLackTests : IDisposable
{
    private const ulong PagesOfMiB = 256;
    private readonly StringBuilder _log = new();

    public MemoryLackTests() => Machine.UseCalls(call =>
    {
        byte[] text = new byte[40];
        ulong[] words = [call.Argument1, call.Argument2, call.Argument3, call.Argument4, call.Argument5];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(text.AsSpan(i * 8), words[i]);
        }

        _log.Append(Encoding.ASCII.GetString(text).TrimEnd('\0'));
    });

    public void Dispose() => Machine.UseCalls(null);

    [Fact]
    public void A_refusal_adds_up()
    {
        Random random = new(1);
        Dictionary<MemoryLack, int> seen = [];
        for (int i = 0; i < 20_000; i++)
        {
            ulong ram = (ulong)random.Next(1, 5000) * PagesOfMiB;
            PageAllocator pages = i % 4 == 0 ? Crumbs(random, ram) : Map(random);
            var plan = new GuestPlan(ram, 520, (ulong)random.Next(0, 5000));
            ulong before = pages.Free;
            PageAllocator left = pages;
            MemoryLack lack = plan.Take(ref left);
            seen[lack] = seen.GetValueOrDefault(lack) + 1;
            if (lack == MemoryLack.None)
            {
                Assert.InRange(before - left.Free, plan.All + plan.Cache, plan.All + plan.Cache + GuestFootprint.LargePage - 1);
                continue;
            }

            Assert.Equal(before, left.Free);
            _log.Clear();
            TooLittleMemory.Write("g"u8, lack, plan, pages);
            Check(lack, _log.ToString(), plan);
        }

        Assert.Equal(4, seen.Count);
    }

    /// <summary>The check above notices numbers of two kinds: the old message compared pages in one range with pages in all.</summary>
    [Fact]
    public void A_comparison_of_unlike_numbers_would_be_noticed()
    {
        var plan = new GuestPlan(4096 * PagesOfMiB, 520, 0);
        string unlike = "g: too little memory: wants 4194 MiB (RAM 4096, above it 12, page tables 83, monitor 3); free 4405 MiB, of which 0 are kept for others";
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Check(MemoryLack.Pages, unlike, plan));
    }

    [Fact]
    public void The_smallest_range_that_fits_is_taken()
    {
        PageAllocator pages = default;
        pages.Add(0x10_0000, 2048 * PagesOfMiB);
        pages.Add(0x1000, 1024 * PagesOfMiB);
        var small = new GuestPlan(512 * PagesOfMiB, 520, 0);
        Assert.Equal(MemoryLack.None, small.Take(ref pages));
        Assert.Equal(1, small.Memory.Range);
        var large = new GuestPlan(1900 * PagesOfMiB, 520, 0);
        Assert.Equal(MemoryLack.None, large.Take(ref pages));
        Assert.Equal((0, 0UL), (large.Memory.Range, (0x10_0000 + large.Memory.First) % GuestFootprint.LargePage));
    }

    /// <summary>A range in which a guest just fits, and many small ones.</summary>
    private static PageAllocator Crumbs(Random random, ulong ram)
    {
        PageAllocator pages = default;
        pages.Add(0x10_0000, GuestFootprint.AllPages(ram) + (ulong)random.Next(0, 600));
        for (ulong i = 1; i < PageAllocator.MaxRanges; i++)
        {
            pages.Add(0x10_0000 + (i << 24), (ulong)random.Next(1, (int)GuestFootprint.CachePages(ram)));
        }

        return pages;
    }

    private static PageAllocator Map(Random random)
    {
        PageAllocator pages = default;
        int ranges = random.Next(1, 5);
        for (int i = 0; i < ranges; i++)
        {
            pages.Add(((ulong)i << 24) + (ulong)random.Next(0, 2000), (ulong)random.Next(1, (int)(6000 * PagesOfMiB / (ulong)ranges)));
        }

        return pages;
    }

    private static void Check(MemoryLack lack, string text, in GuestPlan plan)
    {
        Assert.True(text.Length <= 160, text);
        ulong[] numbers = [.. Numbers().Matches(text).Select(match => ulong.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture))];
        switch (lack)
        {
            case MemoryLack.Pages:
                Assert.Equal(plan.Ram / PagesOfMiB, numbers[1]);
                Assert.Equal(numbers[0], numbers[1] + numbers[2] + numbers[3] + numbers[4]);
                Assert.True(numbers[0] + numbers[6] > numbers[5], text);
                break;
            case MemoryLack.Range:
                Assert.Equal(plan.Ram / PagesOfMiB, numbers[0]);
                Assert.Equal(numbers[2], numbers[0] + numbers[1]);
                Assert.All(numbers[3..], range => Assert.True(range < numbers[2], text));
                break;
            default:
                Assert.Equal(plan.All / PagesOfMiB, numbers[0]);
                Assert.All(numbers[2..], range => Assert.True(range < numbers[1], text));
                break;
        }
    }

    [GeneratedRegex(@"\b\d+\b")]
    private static partial Regex Numbers();
}
