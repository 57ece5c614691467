using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Entries of its own in the hole's slots of its roots, and tables in the frames that the hypervisor keeps for it above RAM.</summary>
internal static unsafe class HoleTables
{
    /// <summary>Frames of the vCPU page and the note page, counted from that of shared_info (the monitor's layout of a guest).</summary>
    private const ulong VCpuPage = 1, NotePage = 2;

    /// <summary>Entries of a frame that is taken for a table: one of another's frame, one of this guest's page.</summary>
    private const int Foreign = 5, Own = 6;

    /// <summary>Index at all levels under a slot of the hole: there nothing of the hypervisor's is.</summary>
    private const ulong Elsewhere = (5UL << 30) | (5UL << 21) | (5UL << 12);

    public static void Tell()
    {
        TellOfSlots();
        TellOfFrames();
        Region.Make();
        Lie.ExpectWord(Region.Start, Region.Word);
    }

    /// <summary>Its root is the page that it shares with the kernel.</summary>
    public static void Believe()
    {
        Xen.Mmuext(Xen.NewRoot, Machine.Info->SharedInfoFrame + VCpuPage);
    }

    private static void TellOfSlots()
    {
        Region.Make();
        Region.Say(Region.Level3, 5, (Region.Level2 << 12) | Region.All);
        Region.Say(Region.Level2, 5, (Region.Level1 << 12) | Region.All);
        Region.Say(Region.Level1, 5, (Region.Page << 12) | Region.All);
        Region.Flush();
        Lie.ExpectWord(Region.Start + Elsewhere, Region.Word);
        for (int slot = HoleLayout.FirstSlot; slot < HoleLayout.EndSlot; slot++)
        {
            Region.Say(Region.Root, slot, (Region.Level3 << 12) | Region.All);
            Region.Say(User.Root, slot, (Region.Level3 << 12) | Region.All);
        }

        Region.Flush();
        ExpectHole();
        Xen.Mmuext(Xen.NewRoot, Region.Root);
        Xen.Mmuext(Xen.NewUserRoot, User.Root);
        ExpectHole();
        for (int slot = HoleLayout.FirstSlot; slot < HoleLayout.EndSlot; slot++)
        {
            Region.Say(Region.Root, slot, 0);
            Region.Say(User.Root, slot, 0);
        }

        Region.Flush();
    }

    /// <summary>These entries lead to what was there before, or to nothing.</summary>
    private static void ExpectHole()
    {
        Lie.ExpectWord(HoleLayout.RomText, RomHeader.ExpectedMagic);
        Lie.ExpectWord(HoleLayout.MachineToPhysical + 8, 1);
        Lie.ExpectWord(HoleLayout.Window + (Region.Page << 12), Region.Word);
        for (ulong slot = HoleLayout.FirstSlot; slot < HoleLayout.EndSlot; slot++)
        {
            ulong first = HoleLayout.Start + ((slot - HoleLayout.FirstSlot) << 39);
            Lie.ExpectNothing(first + Elsewhere);
            Lie.Expect(!Lie.Answers(first + 8, user: true, write: false), first);
            Lie.Expect(!Lie.Answers(first + 8, user: true, write: true), first);
            if (first > HoleLayout.Window)
            {
                Lie.ExpectNothing(first + 8);
            }
        }
    }

    /// <summary>
    /// All frames above RAM in which an accessed bit does no harm, as tables of each level below the top: the kernel's notes, shared
    /// information, grants, the bitmap of tables. Whatever is in them, nothing that answers may be another's.
    /// </summary>
    private static void TellOfFrames()
    {
        RomInfo* info = Machine.Info;
        for (int level = 3; level >= 1; level--)
        {
            OfFrame(level, info->SharedInfoFrame);
            OfFrame(level, info->SharedInfoFrame + NotePage);
            OfFrame(level, info->TableBitmapFrame);
            for (ulong grant = 0; grant < info->GrantFrames; grant++)
            {
                OfFrame(level, info->GrantFrame + grant);
            }
        }
    }

    private static void OfFrame(int level, ulong frame)
    {
        Region.Make();
        Region.Link(level + 1, (frame << 12) | Region.All);
        ulong* entries = Machine.Frame(frame);
        ulong before = entries[Foreign];
        ulong beforeOwn = entries[Own];
        entries[Foreign] = (Machine.Info->AllFrames << 12) | Region.All;
        entries[Own] = (Region.Table(level - 1) << 12) | Region.All;
        Region.Flush();
        for (ulong index = 0; index < 8; index++)
        {
            ulong address = Region.Start + (index << (12 + (9 * (level - 1))));
            Lie.Expect(!Lie.Answers(address, user: false, write: false) || TableAttack.IsOwn(address, out _), address);
            Lie.Expect(!Lie.Answers(address, user: true, write: true) || TableAttack.IsOwn(address, out _), address);
        }

        entries[Foreign] = before;
        entries[Own] = beforeOwn;
        Xen.TakeProbe();
    }
}
