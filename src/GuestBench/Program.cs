using System;
using System.Runtime;

namespace Tierce.Guest.Bench;

/// <summary>
/// Process 1 of a guest that is measured: <c>bench ROW...</c> does each row so often, several times over, prints one line a row (<c>bench:
/// ROW TIMES TICKS TICKS...</c>), before them <c>bench: boot CLOCK MICROSECONDS TICKS</c> (the microseconds were read TICKS ticks after
/// CLOCK), after them <c>bench: end CLOCK MICROSECONDS</c>, and switches off. With <c>rounds=N</c> before the rows each is done in N
/// rounds; jobs, which are long, in a quarter of them. A row with a slash is the path of a shell's script, which it runs once a round, each time between two
/// marks for a counter of instructions.
/// </summary>
internal static unsafe class Program
{
    /// <summary>Exit status of a program that could not be started.</summary>
    public const int Failed = 127;

    /// <summary>Rounds that count, after one that warms up.</summary>
    private const int Rounds = 3;

    private const int MostRounds = 12;
    private const int FewestOfJobs = 2;
    private const int ShorterForJobs = 4;

    /// <summary>Called by linux.S alone.</summary>
    /// <param name="stack">Linux's start of the stack: the count of arguments, the arguments, 0, the environment, 0.</param>
    /// <param name="clock">Time-stamp counter at the program's first instruction.</param>
    /// <returns>Exit status.</returns>
    [RuntimeExport("guest_main")]
    public static int Main(ulong* stack, ulong clock)
    {
        byte** arguments = (byte**)(stack + 1);
        Report report = default;
        ulong sinceStart = Clock.Now() - clock;
        ulong microseconds = KernelClock.Microseconds();
        report.Text("bench: boot"u8);
        report.Number(clock);
        report.Number(microseconds);
        report.Number(sinceStart);
        report.Text("\n"u8);
        Linux.IgnoreBrokenPipes(true);
        Rows.GrowToOrdinarySize();
        int rounds = Rounds;
        for (ulong i = 1; i < stack[0]; i++)
        {
            ReadOnlySpan<byte> name = Name(arguments[i]);
            if (name.Length > RoundsKey.Length && name[..RoundsKey.Length].SequenceEqual(RoundsKey))
            {
                rounds = ReadRounds(name[RoundsKey.Length..]);
            }
            else
            {
                Measure(name, rounds, ref report);
            }
        }

        report.Text("bench: end"u8);
        report.Number(Clock.Now());
        report.Number(KernelClock.Microseconds());
        report.Text("\n"u8);
        report.Write();
        Linux.PowerOff();
        return 1;
    }

    /// <summary>A check of the core library failed, which only a mistake in this program can bring about.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Linux.Exit(reason);

    /// <summary>What interrupts are measured against, from outside: a loop before which nothing ordinary runs.</summary>
    private static void Spin()
    {
        Report report = default;
        report.Text("bench: spin\n"u8);
        report.Write();
        Calls.BeRealTime();
        Calls.Spin();
    }

    private static ReadOnlySpan<byte> RoundsKey => "rounds="u8;

    private static int ReadRounds(ReadOnlySpan<byte> digits)
    {
        int rounds = 0;
        for (int i = 0; i < digits.Length && rounds < MostRounds; i++)
        {
            rounds = (rounds * 10) + digits[i] - '0';
        }

        return rounds < 1 ? 1 : rounds < MostRounds ? rounds : MostRounds;
    }

    private static void Measure(ReadOnlySpan<byte> name, int rounds, ref Report report)
    {
        if (name.SequenceEqual("spin"u8))
        {
            Spin();
        }

        if (name.Length > 0 && name[0] == '/')
        {
            RunScript(name, rounds, ref report);
            return;
        }

        int times = Times(name);
        if (name.Length > 4 && name[^4..].SequenceEqual("-job"u8))
        {
            rounds = rounds / ShorterForJobs > FewestOfJobs ? rounds / ShorterForJobs : FewestOfJobs;
        }

        report.Text("bench: "u8);
        report.Text(name);
        report.Number((ulong)times);
        for (int round = 0; round <= rounds; round++)
        {
            ulong ticks = Do(name, times);
            if (round > 0)
            {
                report.Number(ticks);
            }
        }

        report.Text("\n"u8);
    }

    private static void RunScript(ReadOnlySpan<byte> path, int rounds, ref Report report)
    {
        report.Text("bench: "u8);
        report.Text(path);
        report.Number(1);
        byte** arguments = stackalloc byte*[4];
        fixed (byte* busybox = "/bin/busybox\0"u8, shell = "sh\0"u8, script = path)
        {
            // An argument of a program: it ends with 0.
            arguments[0] = busybox;
            arguments[1] = shell;
            arguments[2] = script;
            arguments[3] = null;
            for (int round = 0; round < rounds; round++)
            {
                Calls.Mark();
                report.Number(Rows.Execute(arguments, 1));
                Calls.Mark();
            }
        }

        report.Text("\n"u8);
    }

    private static int Times(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("null-syscall"u8) => 10000,
        _ when name.SequenceEqual("pipe"u8) => 1000,
        _ when name.SequenceEqual("fork"u8) => 100,
        _ when name.SequenceEqual("exec"u8) => 50,
        _ when name.SequenceEqual("page-fault"u8) => 4096,
        _ when name.SequenceEqual("mmap"u8) => 100,
        _ when name.SequenceEqual("context-switch-2"u8) => 1600,
        _ when name.SequenceEqual("context-switch-16"u8) => 1600,
        _ => 1,
    };

    private static ulong Do(ReadOnlySpan<byte> name, int times)
    {
        if (name.SequenceEqual("null-syscall"u8))
        {
            return Rows.NullSystemCall(times);
        }

        if (name.SequenceEqual("pipe"u8))
        {
            return Rows.Pipe(times);
        }

        if (name.SequenceEqual("context-switch-2"u8))
        {
            return Rows.ContextSwitch(2, times);
        }

        if (name.SequenceEqual("context-switch-16"u8))
        {
            return Rows.ContextSwitch(16, times);
        }

        if (name.SequenceEqual("fork"u8))
        {
            return Rows.Fork(times);
        }

        if (name.SequenceEqual("page-fault"u8))
        {
            return Rows.PageFault(times);
        }

        return name.SequenceEqual("mmap"u8) ? Rows.Map(times) : Start(name, times);
    }

    /// <summary>The rows that start programs.</summary>
    private static ulong Start(ReadOnlySpan<byte> name, int times)
    {
        byte** arguments = stackalloc byte*[4];
        bool isExec = name.SequenceEqual("exec"u8);
        fixed (byte* busybox = "/bin/busybox\0"u8, nothing = "true\0"u8, shell = "sh\0"u8, script = "/tierce/shell-job\0"u8, compile = "/tierce/compile-job\0"u8)
        {
            arguments[0] = busybox;
            arguments[1] = isExec ? nothing : shell;
            arguments[2] = isExec ? null : name.SequenceEqual("shell-job"u8) ? script : compile;
            arguments[3] = null;
            return Rows.Execute(arguments, times);
        }
    }

    private static ReadOnlySpan<byte> Name(byte* argument)
    {
        int length = 0;
        while (argument[length] != 0)
        {
            length++;
        }

        return new ReadOnlySpan<byte>(argument, length);
    }
}
