using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// Handles a failed check (index out of a span, null, overflow): it logs a line, and the thread ends with the reason as its code, which
/// root sees as the end of the domain.
/// </summary>
public static class Failure
{
    /// <summary>Exit code of a thread that ended this way: this plus the core library's number of the check.</summary>
    public const ulong ExitCode = 100;

    private static uint s_logSlot;
    private static StartupName s_name;

    /// <summary>Sets the log and the program's name for reports. A program has to do this first.</summary>
    public static void Initialise(uint logSlot, ReadOnlySpan<byte> name)
    {
        s_logSlot = logSlot;
        s_name.Set(name);
    }

    /// <summary>Logs why the program cannot continue, and ends its thread.</summary>
    public static void Stop(ReadOnlySpan<byte> what, Status status)
    {
        var log = new Log(s_logSlot);
        log.Text("tierce: "u8);
        log.Text(s_name.Get());
        log.Text(": "u8);
        log.Text(what);
        log.Text(" failed, status "u8);
        log.Code(status);
        log.EndLine();
        Thread.Exit(ExitCode);
    }

    /// <summary><see cref="Stop"/> unless the status is Ok.</summary>
    public static void Check(Status status, ReadOnlySpan<byte> what)
    {
        if (status != Status.Ok)
        {
            Stop(what, status);
        }
    }

    /// <summary>
    /// Ends the thread over a failed check; <paramref name="reason"/> is the core library's number of it. Each program exports
    /// this as <c>tierce_fail</c>, since exports of a library are not the image's.
    /// </summary>
    public static void FailedCheck(int reason)
    {
        var log = new Log(s_logSlot);
        log.Text("tierce: "u8);
        log.Text(s_name.Get());
        log.Text(": "u8);
        switch (reason)
        {
            case 1: log.Text("index out of range"u8); break;
            case 2: log.Text("arithmetic overflow"u8); break;
            case 3: log.Text("null pointer"u8); break;
            case 4: log.Text("division by zero"u8); break;
            default: log.Text("broken invariant"u8); break;
        }

        log.EndLine();
        WriteBacktrace();
        Thread.Exit(ExitCode + (ulong)reason);
    }

    /// <summary>Writes the callers by name. Only the first thread's stack is walked: its bounds are known.</summary>
    private static unsafe void WriteBacktrace()
    {
        const ulong MostStack = 1UL << 20;
        StackFrame frame;
        Machine.Where(&frame);
        ulong bottom = frame.Rsp;
        ulong size = Machine.StackTop() - bottom;
        if (size > MostStack)
        {
            return;
        }

        // SAFETY: the stack is mapped from here up to its top, and the table is part of the image.
        var stack = new ReadOnlySpan<byte>((void*)bottom, (int)size);
        byte* symbols = Machine.SymbolsStart();
        var table = new SymbolTable(new ReadOnlySpan<byte>(symbols, (int)(Machine.SymbolsEnd() - symbols)));
        Backtrace.Write(s_logSlot, table, stack, bottom, frame);
    }
}

/// <summary>A name kept by value.</summary>
internal unsafe struct StartupName
{
    private fixed byte _bytes[StartupPage.NameSize];
    private int _length;

    /// <summary>Copies a name, cut to its room.</summary>
    public void Set(ReadOnlySpan<byte> name)
    {
        _length = name.Length < StartupPage.NameSize ? name.Length : StartupPage.NameSize;
        for (int i = 0; i < _length; i++)
        {
            _bytes[i] = name[i];
        }
    }

    /// <summary>The name; empty before <see cref="Set"/>.</summary>
    public ReadOnlySpan<byte> Get()
    {
        // SAFETY: the structure is a static field, which does not move.
        fixed (byte* bytes = _bytes)
        {
            return new ReadOnlySpan<byte>(bytes, _length);
        }
    }
}
