using System.Runtime;

namespace Tierce.Hostile;

/// <summary>
/// A guest kernel that attacks the hypervisor with all that a guest has: the rights of guest kernel, guest user and ROM. It lives many
/// lives, one after the other: each begins with a seed, attacks, and ends in a way of its own. The first lives leave out what may kill
/// before that. The command line has <c>seed=</c>, <c>lives=</c>, <c>calls=</c> (hypercalls a life at most), <c>least=</c> (hypercalls
/// in all, however many lives that takes), <c>first=</c> (the life to begin with) and
/// <c>stay=1</c> (wait at the end: where it is started again however a life ends, since garbage may ask for a poweroff). With
/// <c>lie=</c> it tells one lie about page tables instead, with <c>speaks=1</c> it speaks for others to its monitor.
/// </summary>
internal static unsafe class Program
{
    private const int CommandLine = 128;
    private const int SharedInfo = 40;
    private const ulong Attacks = 6;
    private const ulong HypercallTurns = Attacks - 2;
    private const ulong AttemptsPerCall = 8;
    private const ulong SeedsApart = 0x1_0000_0001;

    private static ulong s_turn;

    /// <summary>Called by entry.S alone.</summary>
    [RuntimeExport("hostile_main")]
    public static void Main(byte* startInfo)
    {
        // SAFETY: Xen's start_info (public header xen.h); the command line ends in a zero within its page.
        byte* words = startInfo + CommandLine;
        ulong sharedInfo = *(ulong*)(startInfo + SharedInfo);
        ulong lie = Number(words, "lie="u8, Lie.None);
        bool speaks = Number(words, "speaks="u8, 0) != 0;
        if (lie == Lie.None && !speaks)
        {
            Live(words, sharedInfo);
        }
        else if (Xen.Start(sharedInfo) && speaks)
        {
            SignalAttack.Run();
        }
        else
        {
            Lie.Tell(lie);
        }

        Xen.Shutdown(3);
    }

    /// <summary>An event while none is waited for.</summary>
    [RuntimeExport("hostile_event")]
    public static void Event() => Xen.TakeProbe();

    /// <summary>An exception of this kernel's own code: an attack has hit it. This life is over.</summary>
    [RuntimeExport("hostile_lost")]
    public static void Lost(int vector, ulong rip)
    {
        Line.Begin("hit itself: vector "u8);
        Line.Number((ulong)vector);
        Line.Text(" rip "u8);
        Line.Hex(rip);
        Line.End();
        Xen.Shutdown(3);
    }

    /// <summary>A check of the core library failed.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Lost(1000 + reason, 0);

    /// <summary>The next life. Returns if it goes on after its end.</summary>
    private static void Live(byte* words, ulong sharedInfo)
    {
        ulong seed = Number(words, "seed="u8, 1);
        ulong lives = Number(words, "lives="u8, 1);
        ulong calls = Number(words, "calls="u8, 1000);
        Chronicle.Open(Number(words, "first="u8, 0));
        bool over = Chronicle.Lives >= lives && Chronicle.Hypercalls >= Number(words, "least="u8, 0);
        if (over || !Xen.Start(sharedInfo))
        {
            Tell("all lives are over: "u8);
            if (Number(words, "stay="u8, 0) != 0)
            {
                Xen.Wait();
            }

            Xen.Shutdown(0);
        }

        ulong life = Chronicle.Lives++;
        Chronicle.Save();
        var values = new Values(seed + (life * SeedsApart));
        ulong ending = life % Ending.Count;
        Line.Begin("life "u8);
        Line.Number(life);
        Line.Text(" of seed "u8);
        Line.Number(seed);
        Line.Text(" after hypercalls: "u8);
        Line.Number(Chronicle.Hypercalls);
        Line.End();
        Attempt.Most = life < HoleAttack.Parts ? ulong.MaxValue : AttemptsPerCall * calls;
        bool good = life >= HoleAttack.Parts || HoleAttack.Run(life);
        if (good && TableAttack.Run(ref values, calls / 32))
        {
            // The first lives have an end that is known; what may kill it before comes in the others.
            if (life >= Ending.Count)
            {
                Begin("descriptors"u8);
                DescriptorAttack.Run(ref values, calls / 32);
                Begin("storm"u8);
                StormAttack.Run(ref values, calls / 16);

                // Few lives survive one of these: each comes first in some. The count is static: what a frame keeps, an attack may destroy.
                for (s_turn = 0; s_turn < Attacks; s_turn++)
                {
                    Attack(ref values, (life + s_turn) % Attacks, calls);
                }

                Xen.Prepare();
                Xen.Mmuext(Xen.NewUserRoot, User.Root);
            }

            Line.Begin("ends by "u8);
            Line.Text(Ending.Name(ending));
            Line.End();
            Ending.Run(ref values, ending);
            Tell("did not die: "u8);
        }
    }

    private static void Attack(ref Values values, ulong which, ulong calls)
    {
        switch (which)
        {
            case 0:
                Begin("kernel calls"u8);
                RawAttack.Run(ref values, calls / 2);
                break;
            case 1:
                Begin("wild jumps"u8);
                WildAttack.Run(ref values, calls / 32);
                break;
            default:
                Begin("hypercalls"u8);
                HypercallAttack.Run(ref values, calls / HypercallTurns);
                break;
        }
    }

    private static void Begin(ReadOnlySpan<byte> attack)
    {
        Line.Begin("now "u8);
        Line.Text(attack);
        Line.End();
    }

    private static void Tell(ReadOnlySpan<byte> what)
    {
        Line.Begin(what);
        Line.Number(Chronicle.Hypercalls);
        Line.Text(" hypercalls, "u8);
        Line.Number(Chronicle.RawCalls);
        Line.Text(" kernel calls, "u8);
        Line.Number(Chronicle.Attempts);
        Line.Text(" other attempts"u8);
        Line.End();
    }

    private static ulong Number(byte* text, ReadOnlySpan<byte> key, ulong otherwise)
    {
        for (; *text != 0; text++)
        {
            int matched = 0;
            while (matched < key.Length && text[matched] == key[matched])
            {
                matched++;
            }

            if (matched == key.Length)
            {
                ulong value = 0;
                for (text += matched; *text >= '0' && *text <= '9'; text++)
                {
                    value = (value * 10) + (ulong)(*text - '0');
                }

                return value;
            }
        }

        return otherwise;
    }
}
