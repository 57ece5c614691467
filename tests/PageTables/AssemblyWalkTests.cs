using Tierce.Abi;
using Tierce.Kernel;

namespace Tierce.PageTables;

/// <summary>Entry code walks a guest's tables in assembly before it calls C#: what it decides there is what C# would decide.</summary>
public sealed unsafe class AssemblyWalkTests
{
    private const int FaultsOfGuest = 500, EntriesOfTable = 12;
    private const ulong Usual = 0x67, Write = 2, Fetch = 16, User = 4;
    private const long Left = -1;

    private static int Guests => Soak.Amount(brief: 100, full: 4000);

    [Fact]
    public void Assembly_and_CSharp_decide_alike()
    {
        using AssemblyWalk walk = new();
        Comparison all = default;
        foreach (int seed in Soak.Seeds(Guests))
        {
            Comparison one = Compare(walk, seed);
            Assert.True(one.Different == 0 && one.Missed == 0, $"seed {seed}: {one.Different} other decisions, {one.Missed} plain faults left to C#");
            all.Answered += one.Answered;
            all.Filled += one.Filled;
        }

        long faults = (long)Guests * FaultsOfGuest;
        Assert.True(all.Answered > faults / 40, $"only {all.Answered} of {faults} faults were decided in assembly");
        Assert.True(all.Filled > faults / 100, $"only {all.Filled} of {faults} were allowed");
    }

    [Theory]
    [InlineData("testb $PAGE_WRITABLE, %al", "testb $PAGE_DIRTY, %al")]
    [InlineData("    orl $PAGE_PRESENT, %r11d\n", "")]
    [InlineData("FAULT_WRITE | FAULT_FETCH", "FAULT_WRITE")]
    [InlineData("shrq $\\shift - 3, %r11", "shrq $\\shift - 4, %r11")]
    public void A_walk_that_decides_otherwise_is_found(string old, string @new)
    {
        using AssemblyWalk walk = new(old, @new);
        long different = 0;
        for (int seed = 1; seed <= 40; seed++)
        {
            different += Compare(walk, seed).Different;
        }

        Assert.NotEqual(0, different);
    }

    private static Comparison Compare(AssemblyWalk walk, int seed)
    {
        Random random = new(seed);
        ulong frames = (ulong)random.Next(256, 1025);
        using World world = new(frames, 120);
        RandomGuest content = new(random, frames - 2, reckless: false);
        for (ulong table = 0; table < content.Tables; table++)
        {
            for (int i = 0; i < EntriesOfTable; i++)
            {
                int level = content.LevelOf(table);
                world.Frame(table)[content.Slot(level)] = Entry(random, content, level);
            }
        }

        ulong top = content.UserTop();
        Assert.Equal(Status.Ok, LoadRoots(world.Guest, world.Cpu(0), content.KernelTop(), top));
        walk.Prepare(world.Frame(top), world.Frame(0), frames << 12);
        Comparison comparison = default;
        for (int i = 0; i < FaultsOfGuest; i++)
        {
            ulong address = random.Next(4) == 0 ? content.Address() : content.AddressUnder(world, top);
            ulong error = User | (ulong)random.Next(2) | random.Next(3) switch { 0 => Write, 1 => Fetch, _ => 0 };
            comparison.Add(walk, world, address, error, IsPlain(world.Guest, top, address, error));
        }

        return comparison;
    }

    /// <summary>Entries that lead on mostly have the flags that they have in a guest which has run for a while.</summary>
    private static ulong Entry(Random random, RandomGuest content, int level)
    {
        ulong entry = content.Entry(level);
        return level > 1 && (entry & PageEntry.Present) != 0 && random.Next(4) != 0 ? (entry & PageEntry.AddressMask) | Usual : entry;
    }

    /// <summary>A fault that assembly is made for: nothing is unusual before the lowest level, and that forbids the access.</summary>
    private static bool IsPlain(Guest* guest, ulong top, ulong address, ulong error)
    {
        ulong entry = (top << 12) | Usual;
        for (int level = 4; level >= 1; level--)
        {
            if (address >= HoleLayout.UserLimit || (entry & ~PageEntry.AddressMask) != Usual || PageEntry.Frame(entry) >= guest->Frames)
            {
                return false;
            }

            entry = ((ulong*)guest->FrameAddress(PageEntry.Frame(entry)))[PageEntry.Index(address, level)];
        }

        return (entry & PageEntry.Present) == 0 || ((entry & PageEntry.Writable) == 0 && (error & Write) != 0);
    }

    /// <summary>How often the two agree, or do not.</summary>
    private struct Comparison
    {
        public long Answered, Filled, Different, Missed;

        public void Add(AssemblyWalk walk, World world, ulong address, ulong error, bool plain)
        {
            long said = walk.Fault(address, error);
            FillResult result = GuestSpace.Fill(world.Guest, world.Cpu(0), true, address, error);
            Answered += said == Left ? 0 : 1;
            Filled += result.Filled ? 1 : 0;
            Different += said != Left && (result.Filled || said != (long)(result.ErrorCode | User)) ? 1 : 0;
            Missed += said == Left && plain ? 1 : 0;
        }
    }
}
