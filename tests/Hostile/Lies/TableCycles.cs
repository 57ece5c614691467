namespace Tierce.Hostile;

/// <summary>Tables that hold themselves and each other, so that one table stands at several levels of one walk.</summary>
internal static unsafe class TableCycles
{
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;
    private const ulong AccessedAndDirty = 0x60;
    private const ulong Slot = Region.Slot;

    /// <summary>Indices of this kernel's image in the root and in the table below it (<see cref="Xen.VirtualBase"/>).</summary>
    private const ulong KernelLevel4 = 511, KernelLevel3 = 510;

    /// <summary>The root's own page, by way of the root at all four levels.</summary>
    private const ulong RootInItself = Region.Start | (Slot << 30) | (Slot << 21) | (Slot << 12);

    public static void Tell()
    {
        // What is linked to, by level (3 to 1), and the page.
        Cycle(Region.Level3, Region.Level3, Region.Level3, Region.Level3);
        Cycle(Region.Level3, Region.Level2, Region.Level2, Region.Level2);
        Cycle(Region.Level3, Region.Level2, Region.Level1, Region.Level1);
        Cycle(Region.Level3, Region.Level2, Region.Level3, Region.Level2);
        Cycle(Region.Level3, Region.Level2, Region.Level1, Region.Level2);
        Cycle(Region.Level2, Region.Level1, Region.Level2, Region.Level1);
        TellOfRoot();
        Region.Make();
        Lie.ExpectWord(Region.Start, Region.Word);
    }

    /// <summary>Its root is a table that holds itself and nothing else.</summary>
    public static void Believe()
    {
        Region.Say(Region.Spare, Region.Slot, (Region.Spare << 12) | Region.All);
        Xen.Mmuext(Xen.NewRoot, Region.Spare);
    }

    /// <summary>Each of these frames is linked from the one before, at the first index; the page shows what the last one holds.</summary>
    private static void Cycle(ulong level3, ulong level2, ulong level1, ulong page)
    {
        Region.Make();
        Region.Link(4, (level3 << 12) | Region.All);
        Region.Say(level3, 0, (level2 << 12) | Region.All);
        Region.Say(level2, 0, (level1 << 12) | Region.All);
        Region.Say(level1, 0, (page << 12) | Region.All);
        Region.Flush();
        Lie.Answers(Region.Start, user: true, write: false);
        Lie.Answers(Region.Start, user: true, write: true);
        for (int index = 0; index < 4; index++)
        {
            // Wherever the walk leads, it is these frames; and where it ends, this guest's memory says what is there.
            Show(Region.Start + ((ulong)index << 12));
            Show(Region.Start + ((ulong)index << 21));
        }
    }

    /// <summary>The root in itself shows every table of this kernel as a page; what is written there counts after a flush.</summary>
    private static void TellOfRoot()
    {
        Region.Make();
        Region.Say(Region.Root, Region.Slot, (Region.Root << 12) | Region.All);
        Region.Say(User.Root, Region.Slot, (User.Root << 12) | Region.All);
        Region.Flush();
        for (ulong index = 0; index < 512; index++)
        {
            Show(Region.Start | (Slot << 30) | (Slot << 21) | (index << 12));
            Show(Region.Start | (Slot << 30) | (KernelLevel4 << 21) | (index << 12));
            Show(Region.Start | (KernelLevel4 << 30) | (KernelLevel3 << 21) | (index << 12));
            Xen.TakeProbe();
        }

        Lie.Answers(RootInItself, user: true, write: false);
        Lie.Answers(RootInItself, user: true, write: true);
        const ulong Next = Region.Start + (1UL << 39);
        ((ulong*)RootInItself)[Slot + 1] = (Region.Level3 << 12) | Region.All;
        Region.Flush();
        Lie.ExpectWord(Next, Region.Word);
        ((ulong*)RootInItself)[Slot + 1] = 0;
        Region.Flush();
        Lie.ExpectNothing(Next);
    }

    /// <summary>If a page answers, it is the one to which this guest's own tables lead.</summary>
    private static void Show(ulong address)
    {
        if (!Lie.Answers(address, user: false, write: false))
        {
            return;
        }

        ulong frame = Region.Root;
        for (int shift = 39; shift >= 12; shift -= 9)
        {
            frame = (Machine.Frame(frame)[(address >> shift) & 511] & AddressMask) >> 12;
            if (frame >= Machine.Info->AllFrames)
            {
                Lie.Expect(false, address);
                return;
            }
        }

        for (int i = 0; i < 512; i++)
        {
            ulong seen = ((ulong*)(address & ~4095UL))[i];
            Lie.Expect(((seen ^ Machine.Frame(frame)[i]) & ~AccessedAndDirty) == 0, address);
        }
    }
}
