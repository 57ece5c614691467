using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// Instructions that C# cannot express, as assembly stubs (<c>Arch/X64/start.S</c>). The hosted tests have a class of the same shape, so
/// that all other code also runs as ordinary .NET.
/// </summary>
public static unsafe class Machine
{
    /// <summary>Kernel call: loads and stores all of <paramref name="arguments"/>.</summary>
    [RuntimeImport("*", "tierce_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Call(CallArguments* arguments);

    /// <summary><see cref="KernelCall.SignalWait"/>. Returns the bits; 0 when the deadline has passed or the call failed.</summary>
    [RuntimeImport("*", "tierce_signal_wait")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong SignalWait(ulong target, ulong bits, ulong source, ulong deadline);

    /// <summary>Reads an I/O port. Faults unless the domain was given the port.</summary>
    [RuntimeImport("*", "tierce_in8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte In8(ushort port);

    /// <summary>Writes an I/O port. Faults unless the domain was given the port.</summary>
    [RuntimeImport("*", "tierce_out8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out8(ushort port, byte value);

    /// <summary>Reads 32 bits from an I/O port. Faults unless the domain was given the port and the three that follow.</summary>
    [RuntimeImport("*", "tierce_in32")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint In32(ushort port);

    /// <summary>Writes 32 bits to an I/O port. Faults as <see cref="In32"/> does.</summary>
    [RuntimeImport("*", "tierce_out32")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out32(ushort port, uint value);

    /// <summary>Reads an I/O port again and again, once for each byte of the span. Faults unless the domain was given the port.</summary>
    public static void In8(ushort port, Span<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            In8Many(port, first, (uint)bytes.Length);
        }
    }

    /// <summary>Writes each byte of the span to an I/O port. Faults unless the domain was given the port.</summary>
    public static void Out8(ushort port, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* first = bytes)
        {
            Out8Many(port, first, (uint)bytes.Length);
        }
    }

    [RuntimeImport("*", "tierce_in8_many")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void In8Many(ushort port, byte* bytes, uint count);

    [RuntimeImport("*", "tierce_out8_many")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void Out8Many(ushort port, byte* bytes, uint count);

    /// <summary>The time-stamp counter.</summary>
    [RuntimeImport("*", "tierce_tsc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Tsc();

    /// <summary>Entry address for further threads, which run the program's <c>tierce_thread</c>.</summary>
    [RuntimeImport("*", "tierce_thread_entry")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ThreadEntry();

    /// <summary>Registers of the caller: the start of a walk up its stack.</summary>
    [RuntimeImport("*", "tierce_where")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Where(StackFrame* frame);

    /// <summary>The definition of the ABI with which this program was built (<see cref="ImageIdentity"/>).</summary>
    [RuntimeImport("*", "tierce_identity")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong AbiIdentity();

    /// <summary>Upper end of the first thread's stack.</summary>
    [RuntimeImport("*", "tierce_stack_top")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong StackTop();

    /// <summary>The image's table of functions.</summary>
    [RuntimeImport("*", "tierce_symbols_start")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SymbolsStart();

    /// <summary>Its end.</summary>
    [RuntimeImport("*", "tierce_symbols_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SymbolsEnd();
}
