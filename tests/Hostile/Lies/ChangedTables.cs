using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>
/// Tables that change under the cache: without a note, natively where it watches, with notes that say something else, and with a table that
/// was data in between. Until a note or a flush, the old page may answer; the new entry, of a frame of another's, never.
/// </summary>
internal static unsafe class ChangedTables
{
    private const uint Unpin = 4, InvalidateOne = 7;

    /// <summary>Index in the lowest table from which on the four tables are mapped as pages.</summary>
    private const int FirstAlias = 8;

    private const int NotesHeld = NotePage.Capacity;

    private static ulong Foreign => (Machine.Info->AllFrames << 12) | Region.ReadOnly;

    public static void Tell()
    {
        for (int level = 1; level <= 4; level++)
        {
            BehindItsBack(level);
            Natively(level, Region.All);
            Natively(level, Region.ReadOnly);
        }

        WithOtherNotes();
        AsData();
        Region.Make();
        Lie.ExpectWord(Region.Start, Region.Word);
    }

    /// <summary>Its own kernel goes from under its feet: it writes the root's entry where the root is mapped.</summary>
    public static void Believe()
    {
        ulong* root = Alias(4, Region.All);
        root[511] = Foreign;
        Region.Flush();
    }

    /// <summary>Through the window, where no write is seen.</summary>
    private static void BehindItsBack(int level)
    {
        Region.Make();
        Lie.ExpectWord(Region.Start, Region.Word);
        Machine.Frame(Region.Table(level))[Region.Index(level)] = Foreign;
        Lie.ExpectWordOrNothing(Region.Start, Region.Word);
        Xen.Mmuext(InvalidateOne, Region.Start);
        Lie.ExpectWordOrNothing(Region.Start, Region.Word);
        Region.Flush();
        Lie.ExpectWordOrNothing(Region.Start, Region.Word);
        Xen.Mmuext(Xen.NewRoot, Region.Root);
        Lie.ExpectWordOrNothing(Region.Start, Region.Word);
        Region.Link(level, Foreign);
        Region.Flush();
        Lie.ExpectNothing(Region.Start);
    }

    /// <summary>Where the table is mapped as a page: writable, or read-only as Linux has it, which writes all the same.</summary>
    private static void Natively(int level, ulong flags)
    {
        ulong* table = Alias(level, flags);
        int index = Region.Index(level);
        ulong honest = table[index];
        for (int round = 0; round < 4; round++)
        {
            // The first write makes the page writable, the read a copy of the table: the second write is not seen.
            table[index] = honest;
            Lie.ExpectWord(Region.Start, Region.Word);
            table[index] = Foreign;
            Lie.ExpectWordOrNothing(Region.Start, Region.Word);
            if ((round & 1) == 0)
            {
                Xen.Mmuext(InvalidateOne, Region.Start);
                Lie.Expect(!Lie.Answers(Region.Start, user: false, write: false), Region.Start);
            }

            Region.Flush();
            Lie.Expect(!Lie.Answers(Region.Start, user: false, write: false), Region.Start);
            Lie.Expect(level == 4 || !Lie.Answers(Region.Start, user: true, write: false), Region.Start);

            // Without the first address there is no alias: back through the window.
            Region.Say(Region.Table(level), index, honest);
            Region.Flush();
        }
    }

    /// <summary>Notes of frames that are not its own, of nothing, of more than there are; its own tables still say the same.</summary>
    private static void WithOtherNotes()
    {
        Region.Make();
        var values = new Values(1);
        var page = (NotePage*)HoleLayout.NotePage;
        ulong* notes = &page->First;
        for (int round = 0; round < 64; round++)
        {
            for (int i = 0; i < NotesHeld; i++)
            {
                ulong frame = values.OneIn(2) ? Machine.Info->AllFrames + values.Below(1 << 20) : values.Below(Machine.Info->AllFrames);
                notes[i] = values.OneIn(4) ? values.Next() : (frame << 12) | values.Below(8) | (values.Next() << NotePage.MoreShift);
            }

            page->Count = values.OneIn(4) ? (uint)values.Next() : NotesHeld;
            Region.Flush();
            Lie.ExpectWord(Region.Start, Region.Word);
            Xen.TakeProbe();
        }
    }

    /// <summary>A table that is given up, holds something else, and is linked again.</summary>
    private static void AsData()
    {
        for (int level = 3; level >= 1; level--)
        {
            Region.Make();
            Lie.ExpectWord(Region.Start, Region.Word);
            Region.Link(level + 1, 0);
            Xen.Mmuext(Unpin, Region.Table(level));
            Region.Flush();
            Lie.ExpectNothing(Region.Start);
            Machine.Frame(Region.Table(level))[Region.Index(level)] = Foreign;
            Region.Link(level + 1, (Region.Table(level) << 12) | Region.All);
            Region.Flush();
            Lie.ExpectNothing(Region.Start);
        }
    }

    /// <summary>Maps the region's table of a level as a page of the region.</summary>
    private static ulong* Alias(int level, ulong flags)
    {
        Region.Make();
        int index = FirstAlias + level;
        Region.Say(Region.Level1, index, (Region.Table(level) << 12) | flags);
        Region.Flush();
        return (ulong*)(Region.Start + ((ulong)index << 12));
    }
}
