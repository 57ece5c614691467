using Tierce.Abi;
using Tierce.Root;
using Tierce.Tool;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.HostTool.Tests;

/// <summary>In the machine that the tool asks QEMU for, root finds room for all that it was asked for.</summary>
public sealed class MachineMemoryTests
{
    private const ulong PagesOfMiB = 256;
    private const ulong FourGigabytes = 4096 * PagesOfMiB;
    private const int SmallFiles = 70 << 20;

    /// <summary>What the kernel needs at least of the largest range for the image of root, though it takes less.</summary>
    private const ulong RootImage = 4096;

    /// <summary>Every size that a user can ask for in steps of 16 MiB.</summary>
    [Fact]
    public void OneGuestOfAnySizeHasRoom()
    {
        for (int memory = 32; memory <= 65536; memory += 16)
        {
            Assert.Equal(MemoryLack.None, Place([memory], 1, SmallFiles, Machine([memory], 1, SmallFiles)));
        }
    }

    [Fact]
    public void ManyGuestsHaveRoom()
    {
        Random random = new(1);
        for (int i = 0; i < 3000; i++)
        {
            int most = random.Next(2) == 0 ? 600 : 9000;
            int[] guests = [.. Enumerable.Range(0, random.Next(1, 70)).Select(_ => random.Next(32, most))];
            int programs = random.Next(1, 20);
            int bundle = random.Next(20, 1500) << 20;
            (int AllMiB, int? BelowMiB) machine = Machine(guests, programs, bundle);
            Assert.True(Place(guests, programs, bundle, machine) == MemoryLack.None, $"{string.Join(' ', guests)}; {programs} programs, bundle {bundle >> 20} MiB, {machine}");
        }
    }

    /// <summary>Twin: machines as large as the sum, with QEMU's hole where it is by itself.</summary>
    [Fact]
    public void ASumIsTooLittleFromTheHoleOn()
    {
        int bundleMiB = SmallFiles >> 20;
        foreach (int memory in (ReadOnlySpan<int>)[3584, 4096, 4608, 8192])
        {
            int sum = memory + bundleMiB + 96;
            Assert.NotEqual(MemoryLack.None, Place([memory], 1, SmallFiles, (sum, MachineMemory.MostLowMiB)));
        }
    }

    [Fact]
    public void SmallMachinesStayInOneRange()
    {
        (int all, int? below) = Machine([512], 1, SmallFiles);
        Assert.Null(below);
        Assert.InRange(all, 512 + 70, 512 + 70 + 100);
        (all, below) = Machine([4096], 1, SmallFiles);
        Assert.Equal(MachineMemory.LowMiB, below);
        Assert.InRange(all, 4096 + 1024, 4096 + 1024 + 250);
        Assert.Equal(MachineMemory.MostLowMiB, Machine([4096], 1, 1200 << 20).BelowMiB);
    }

    [Fact]
    public void MoreThanTheKernelMapsIsRefused()
    {
        MachineMemory.CheckGuests(Enumerable.Repeat(65536, 7));
        string message = Assert.Throws<ToolException>(() => MachineMemory.CheckGuests(Enumerable.Repeat(65536, 8))).Message;
        Assert.Contains("524288 MiB of memory together", message, StringComparison.Ordinal);
    }

    [Fact]
    public void QemuIsTold()
    {
        MachineSettings small = new() { Kernel = "k", Modules = "m", MemoryMiB = 700, LogFile = "l" };
        Assert.Contains("pc", small.Arguments());
        Assert.DoesNotContain(small.Arguments(), argument => argument.Contains("reserve", StringComparison.Ordinal));
        MachineSettings large = small with { MemoryMiB = 100_000_000, BelowMiB = 1024 };
        string expected = "pc,max-ram-below-4g=1024M" + (HostMemory.MayOvercommit ? ",memory-backend=ram" : string.Empty);
        Assert.Contains(expected, large.Arguments());
        Assert.Equal(HostMemory.MayOvercommit, large.Arguments().Contains("memory-backend-ram,id=ram,size=100000000M,reserve=off"));
        Assert.Contains("pc,max-ram-below-4g=1024M,memory-backend=ram", (large with { MemoryFile = "f" }).Arguments());
    }

    [Fact]
    public void TheHostsMemoryIsRead() =>
        Assert.Equal(3000, HostMemory.Total("MemTotal:        2048000 kB\nMemFree: 17 kB\nSwapTotal: 1024000 kB\n"));

    private static (int AllMiB, int? BelowMiB) Machine(int[] guests, int programs, int bundle)
    {
        MachineMemory memory = new();
        foreach (int guest in guests)
        {
            memory.AddGuest(guest, SmallFiles);
        }

        for (int i = 0; i < programs; i++)
        {
            memory.AddProgram(1);
        }

        return memory.Size(bundle);
    }

    /// <summary>Does what kernel and root do at start, as far as memory goes.</summary>
    private static MemoryLack Place(int[] guests, int programs, int bundle, (int AllMiB, int? BelowMiB) machine)
    {
        PageAllocator pages = AfterKernel(machine.AllMiB, machine.BelowMiB ?? machine.AllMiB, (ulong)bundle / 4096);
        ulong monitor = GuestFootprint.MonitorPages(SmallFiles / 4096);
        ulong kept = (ulong)programs * (GuestFootprint.ProgramPages + PagesOfMiB);
        foreach (int guest in guests)
        {
            GuestPlan plan = new((ulong)guest * PagesOfMiB, monitor, kept);
            MemoryLack lack = plan.Take(ref pages);
            if (lack != MemoryLack.None || !pages.TryTake(3, out _))
            {
                return lack == MemoryLack.None ? MemoryLack.Pages : lack;
            }

            kept += monitor;
        }

        // Pool, image and stack of each are ranges of their own.
        bool all = true;
        for (int i = 0; i < guests.Length + programs; i++)
        {
            all &= pages.TryTake(256 + (SmallFiles / 4096 / 512), out _) & pages.TryTake(100, out _) & pages.TryTake(PagesOfMiB / 2, out _);
        }

        return all ? MemoryLack.None : MemoryLack.Pages;
    }

    /// <summary>The free ranges as the kernel gives them to root, largest first.</summary>
    private static PageAllocator AfterKernel(int allMiB, int lowMiB, ulong bundle)
    {
        ulong low = (ulong)lowMiB * PagesOfMiB;
        ulong high = (ulong)(allMiB - lowMiB) * PagesOfMiB;
        ulong bundleAt = low - PagesOfMiB - bundle;
        List<(ulong First, ulong Pages)> ranges = [(256, 256), (1024, bundleAt - 1024), (bundleAt + bundle, PagesOfMiB)];
        if (high > 0)
        {
            ranges.Add((FourGigabytes, high));
        }

        // A page for each GiB of the map of all memory.
        ulong directories = high / 1024 / PagesOfMiB + 1;
        ranges[1] = (ranges[1].First + directories, ranges[1].Pages - directories);
        ranges = [.. ranges.OrderByDescending(range => range.Pages)];
        ulong end = ranges.Max(range => range.First + range.Pages);
        ulong kernel = (end * 2 / 4096) + (end / 512 * 8 / 4096) + 1024 + (bundle / 512) + (end / 4096) + RootImage + 128;
        ranges[0] = (ranges[0].First + kernel, ranges[0].Pages - Math.Min(kernel, ranges[0].Pages));
        PageAllocator pages = default;
        foreach ((ulong first, ulong count) in ranges.OrderByDescending(range => range.Pages))
        {
            pages.Add(first, count);
        }

        return pages;
    }
}
