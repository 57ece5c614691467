using Tierce.KernelHost;

namespace Tierce.Unit;

public sealed class FrameTableTests : IDisposable
{
    private const ulong First = Board.FreeFirst + 8192;
    private const int Pages = 4096;
    private readonly Board board = new();

    public void Dispose() => board.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Agrees_with_counting_page_by_page(int seed) => Assert.True(Agrees(seed, wrong: false), "seed " + seed);

    [Fact]
    public void The_comparison_notices_a_wrong_answer() => Assert.False(Agrees(1, wrong: true));

    [Fact]
    public void Pages_outside_are_refused()
    {
        Assert.False(FrameTable.CanAdd(Board.FreeFirst + Board.FreePages, 1, kernel: false));
        Assert.False(FrameTable.CanAdd(ulong.MaxValue, 2, kernel: false));
        Assert.False(FrameTable.CanAdd(First, ulong.MaxValue, kernel: false));
    }

    private static bool Agrees(int seed, bool wrong)
    {
        Random random = new(seed);
        int[] uses = new int[Pages];
        List<(int First, int Count, bool Kernel)> live = [];
        for (int step = 0; step < 3000; step++)
        {
            if (live.Count > 0 && random.Next(2) == 0)
            {
                int index = random.Next(live.Count);
                (int first, int count, bool kernel) = live[index];
                live.RemoveAt(index);
                FrameTable.Remove(First + (ulong)first, (ulong)count, kernel);
                Apply(uses, first, count, kernel ? 1_000_000 : -1);
                continue;
            }

            (int start, int length, bool forKernel) = Pick(random);
            bool expected = uses.AsSpan(start, length).ToArray().All(use => forKernel ? use == 0 : use >= 0);
            if (FrameTable.CanAdd(First + (ulong)start, (ulong)length, forKernel) != (expected ^ (wrong && step == 2000)))
            {
                return false;
            }

            if (expected)
            {
                FrameTable.Add(First + (ulong)start, (ulong)length, forKernel);
                Apply(uses, start, length, forKernel ? -1_000_000 : 1);
                live.Add((start, length, forKernel));
            }
        }

        return true;
    }

    private static (int First, int Count, bool Kernel) Pick(Random random)
    {
        int start = random.Next(3) == 0 ? random.Next(Pages / 512) * 512 : random.Next(Pages);
        int length = Math.Min(Pages - start, random.Next(3) == 0 ? 512 * random.Next(1, 4) : random.Next(1, 700));
        return (start, length, random.Next(3) == 0);
    }

    private static void Apply(int[] uses, int first, int count, int change)
    {
        for (int i = 0; i < count; i++)
        {
            uses[first + i] += change;
        }
    }
}
