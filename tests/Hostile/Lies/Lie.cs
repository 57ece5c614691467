namespace Tierce.Hostile;

/// <summary>
/// Lies about page tables, one a boot (<c>lie=</c> on the command line). Each is made in every form, and each time only what is this
/// guest's own may answer; in the end the guest believes it itself, and dies of it.
/// </summary>
internal static unsafe class Lie
{
    /// <summary>No lie: the guest attacks in every other way.</summary>
    public const ulong None = ulong.MaxValue;

    private static ulong s_current;
    private static ulong s_attempts;
    private static ulong s_answers;
    private static bool s_breach;

    /// <summary>Tells one. Returns only if something answered that is not this guest's, or if this guest outlives its lie.</summary>
    public static void Tell(ulong lie)
    {
        s_current = lie;
        switch (lie)
        {
            case 0: ForeignFrames.Tell(); break;
            case 1: TableCycles.Tell(); break;
            case 2: HoleTables.Tell(); break;
            default: ChangedTables.Tell(); break;
        }

        Line.Begin("lie "u8);
        Line.Text(Name);
        Line.Text(": attempts "u8);
        Line.Number(s_attempts);
        Line.Text(", answers "u8);
        Line.Number(s_answers);
        Line.End();
        if (s_breach)
        {
            return;
        }

        switch (lie)
        {
            case 0: ForeignFrames.Believe(); break;
            case 1: TableCycles.Believe(); break;
            case 2: HoleTables.Believe(); break;
            default: ChangedTables.Believe(); break;
        }
    }

    /// <summary>Reads and writes, by guest kernel and guest user: nothing may answer.</summary>
    public static void ExpectNothing(ulong address)
    {
        Expect(!Answers(address, user: false, write: false), address);
        Expect(!Answers(address, user: false, write: true), address);
        Expect(!Answers(address, user: true, write: false), address);
        Expect(!Answers(address, user: true, write: true), address);
        Xen.TakeProbe();
    }

    /// <summary>Guest kernel reads a word, and finds this one.</summary>
    public static void ExpectWord(ulong address, ulong word) => Expect(Answers(address, user: false, write: false) && *(ulong*)address == word, address);

    /// <summary>Guest kernel reads a word: it finds this one, or nothing answers.</summary>
    public static void ExpectWordOrNothing(ulong address, ulong word) => Expect(!Answers(address, user: false, write: false) || *(ulong*)address == word, address);

    /// <summary>Whether an access goes through.</summary>
    public static bool Answers(ulong address, bool user, bool write)
    {
        int outcome = user ? Attempt.User(address, write) : Attempt.Kernel(address, write);
        bool answers = outcome is Attempt.SystemCall or Attempt.Done;
        s_attempts++;
        s_answers += answers ? 1UL : 0;
        return answers;
    }

    /// <summary>Says so if something is not as it must be; the first time alone.</summary>
    public static void Expect(bool holds, ulong address)
    {
        if (holds || s_breach)
        {
            return;
        }

        s_breach = true;
        Line.Begin("BREACH by "u8);
        Line.Text(Name);
        Line.Text(" at "u8);
        Line.Hex(address);
        Line.End();
    }

    private static ReadOnlySpan<byte> Name => s_current switch
    {
        0 => "foreign-frames"u8,
        1 => "table-cycles"u8,
        2 => "hole-tables"u8,
        _ => "changed-tables"u8,
    };
}
