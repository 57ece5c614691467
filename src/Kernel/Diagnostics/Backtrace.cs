using System;
using Tierce.Abi;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>Writes the callers of a place in the kernel, by name. Reads only the kernel's own stacks.</summary>
internal static unsafe class Backtrace
{
    private const int MostFrames = 32;

    /// <summary>Writes a place and its callers.</summary>
    public static void From(StackFrame frame)
    {
        SymbolTable symbols = Symbols();
        ulong stackAddress = (ulong)ImageSymbols.TextEnd();
        ReadOnlySpan<byte> stack = new(ImageSymbols.TextEnd(), (int)(ImageSymbols.ImageEnd() - ImageSymbols.TextEnd()));
        for (int i = 0; i < MostFrames; i++)
        {
            Write(symbols, frame.Rip);
            if (!frame.TryStepOut(symbols, stack, stackAddress))
            {
                return;
            }
        }
    }

    /// <summary>Writes the callers of the function that a place is in.</summary>
    public static void FromCaller(StackFrame frame)
    {
        SymbolTable symbols = Symbols();
        ReadOnlySpan<byte> stack = new(ImageSymbols.TextEnd(), (int)(ImageSymbols.ImageEnd() - ImageSymbols.TextEnd()));
        if (frame.TryStepOut(symbols, stack, (ulong)ImageSymbols.TextEnd()))
        {
            From(frame);
        }
    }

    private static SymbolTable Symbols() =>
        new(new ReadOnlySpan<byte>(ImageSymbols.SymbolsStart(), (int)(ImageSymbols.SymbolsEnd() - ImageSymbols.SymbolsStart())));

    private static void Write(in SymbolTable symbols, ulong address)
    {
        Emergency.Field("  at "u8, address);
        if (symbols.TryFind(address, out SymbolEntry entry, out uint offset))
        {
            Emergency.Text(" "u8);
            Emergency.Text(symbols.NameOf(entry));
            Emergency.Field("+"u8, offset);
        }

        Emergency.Line();
    }
}
