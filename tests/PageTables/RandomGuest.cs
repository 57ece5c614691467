
namespace Tierce.PageTables;

/// <summary>
/// What a random guest's memory looks like: frames meant as tables of some level, entries that are mostly sensible, and
/// addresses that mostly hit them. Few slots are used, so that everything meets everything.
/// </summary>
public sealed unsafe class RandomGuest
{
    private const ulong Present = 1, Writable = 2, User = 4, Accessed = 0x20, Dirty = 0x40, Large = 0x80, NoExecute = 1UL << 63;

    private static readonly int[] TopSlots = [0, 1, 255, 272, 511];
    private static readonly int[] HoleSlots = [256, 257, 258, 260, 264, 271];
    private static readonly int[] MiddleSlots = [0, 1, 511];
    private static readonly int[] LeafSlots = [0, 1, 2, 5, 17, 511];

    private readonly Random random;
    private readonly ulong frames;
    private readonly bool reckless;
    private readonly int[] levels;

    public RandomGuest(Random random, ulong frames, bool reckless)
    {
        this.random = random;
        this.frames = frames;
        this.reckless = reckless;
        int leaves = random.Next(6, 60);
        levels = [.. Enumerable.Repeat(4, 6), .. Enumerable.Repeat(3, 4), .. Enumerable.Repeat(2, 6), .. Enumerable.Repeat(1, leaves)];
    }

    /// <summary>Frames 0 to this are meant as tables. Frame 0 is a top-level table that no user root may be.</summary>
    public ulong Tables => (ulong)levels.Length;

    public ulong KernelTop() => (ulong)random.Next(0, 3);

    public ulong UserTop() => (ulong)random.Next(3, 6);

    public ulong AnyTable() => (ulong)random.Next(levels.Length);

    public ulong AnyFrame() => random.Next(3) == 0 ? AnyTable() : (ulong)random.NextInt64((long)frames);

    public int LevelOf(ulong frame) => frame < Tables ? levels[frame] : 1;

    /// <summary>A slot that a table of a level uses; now and then one of another level, or of the hole.</summary>
    public int Slot(int level)
    {
        int dice = random.Next(20);
        int[] slots = dice switch
        {
            0 => HoleSlots,
            1 => TopSlots,
            2 => LeafSlots,
            _ => level switch { 4 => TopSlots, 1 => LeafSlots, _ => MiddleSlots },
        };
        return slots[random.Next(slots.Length)];
    }

    public ulong Address()
    {
        ulong address = 0;
        for (int level = 4; level >= 1; level--)
        {
            address = (address << 9) | (uint)Slot(level);
        }

        address <<= 12;
        return (address & (1UL << 47)) != 0 ? address | 0xffff_0000_0000_0000 : address;
    }

    /// <summary>An address that a top-level table leads to, as far as a few tries find the way.</summary>
    public ulong AddressUnder(World world, ulong top)
    {
        ulong address = 0;
        ulong frame = top;
        for (int level = 4; level >= 1; level--)
        {
            int slot = Slot(level);
            for (int tries = 0; tries < 6 && (world.Frame(frame)[slot] & Present) == 0; tries++)
            {
                slot = Slot(level);
            }

            address = (address << 9) | (uint)slot;
            ulong next = PageEntry.Frame(world.Frame(frame)[slot]);
            frame = next < frames ? next : frame;
        }

        address <<= 12;
        return (address & (1UL << 47)) != 0 ? address | 0xffff_0000_0000_0000 : address;
    }

    /// <summary>An entry for a table of a level: mostly one that leads on.</summary>
    public ulong Entry(int level)
    {
        int dice = random.Next(100);
        if (dice < 8)
        {
            return dice < 4 ? 0 : (ulong)random.NextInt64() & ~Present;
        }

        ulong target = dice switch
        {
            < 10 => frames + (reckless ? 0UL : 2) + (ulong)random.Next(4),
            < 12 => (ulong)random.NextInt64(1L << 40),
            < 20 => AnyFrame(),
            _ => level > 1 ? TableOf(level - 1) : AnyFrame(),
        };
        ulong flags = Present | Chance(level == 1 && target < Tables ? 50 : 92, Writable) | Chance(85, User) | Chance(70, Accessed) | Chance(60, Dirty) | Chance(level == 1 ? 20 : 2, NoExecute);
        flags |= Chance(2, Large) | Chance(10, 0x100) | Chance(10, 0x18) | Chance(10, 0x7ff0_0000_0000_0e00);
        return (target << 12) | flags;
    }

    /// <summary>An entry with some of its flags taken or given.</summary>
    public ulong Altered(ulong entry)
    {
        ulong[] flags = [Accessed, Dirty, Writable, User, Accessed | Dirty, NoExecute, Present];
        ulong flag = flags[random.Next(flags.Length)];
        return random.Next(3) == 0 ? entry | (flag & ~Present) : entry & ~flag;
    }

    private ulong TableOf(int level)
    {
        ulong first = 0;
        while (levels[first] != level)
        {
            first++;
        }

        return first + (ulong)random.Next(levels.Count(l => l == level));
    }

    private ulong Chance(int percent, ulong flag) => random.Next(100) < percent ? flag : 0;
}
