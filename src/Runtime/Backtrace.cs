using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>Writes a place in a program and its callers to the log, by name.</summary>
public static class Backtrace
{
    private const int MostFrames = 16;

    /// <summary>Writes the place and its callers, as far as the given stack reaches.</summary>
    /// <param name="logSlot">The log.</param>
    /// <param name="table">The program's functions.</param>
    /// <param name="stack">Contents of its stack; they are not trusted.</param>
    /// <param name="stackAddress">Where the stack begins.</param>
    /// <param name="frame">The place.</param>
    public static void Write(uint logSlot, in SymbolTable table, ReadOnlySpan<byte> stack, ulong stackAddress, StackFrame frame)
    {
        for (int i = 0; i < MostFrames; i++)
        {
            Write(logSlot, table, frame.Rip);
            if (!frame.TryStepOut(table, stack, stackAddress))
            {
                return;
            }
        }
    }

    /// <summary>Writes one place.</summary>
    public static void Write(uint logSlot, in SymbolTable table, ulong address)
    {
        var log = new Log(logSlot);
        log.Text("tierce:  at "u8);
        log.Hex(address);
        if (table.TryFind(address, out SymbolEntry entry, out uint offset))
        {
            log.Text(" "u8);
            log.Text(table.NameOf(entry));
            log.Text("+"u8);
            log.Hex(offset);
        }

        log.EndLine();
    }
}
