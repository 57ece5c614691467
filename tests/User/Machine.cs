namespace Tierce.Runtime;

/// <summary>A kernel that a test makes for the domain that it runs.</summary>
public interface IKernel
{
    /// <summary>Any call. Its number is that of the call; results go where the arguments are.</summary>
    Abi.Status Make(ref CallArguments words);

    /// <summary>SignalWait.</summary>
    ulong SignalWait(ulong target, ulong bits);
}

/// <summary>Stands for the assembly stubs: kernel calls and ports as a test sets them.</summary>
public static unsafe class Machine
{
    [ThreadStatic]
    private static Func<ushort, byte>? s_read;

    [ThreadStatic]
    private static Action<ushort, byte>? s_write;

    [ThreadStatic]
    private static Action<CallArguments>? s_call;

    [ThreadStatic]
    private static IKernel? s_kernel;

    /// <summary>From now on kernel calls of this thread succeed, and are reported; null: they are mistakes again.</summary>
    public static void UseCalls(Action<CallArguments>? call) => s_call = call;

    /// <summary>From now on kernel calls of this thread go to a kernel of the test; null: they are mistakes again.</summary>
    public static void UseKernel(IKernel? kernel) => s_kernel = kernel;

    public static void UsePorts(Func<ushort, byte> read, Action<ushort, byte> write)
    {
        s_read = read;
        s_write = write;
    }

    public static void Call(CallArguments* arguments)
    {
        if (s_kernel is not null)
        {
            arguments->Number = (ulong)s_kernel.Make(ref *arguments);
            return;
        }

        if (s_call is null)
        {
            throw new NotSupportedException($"kernel call {arguments->Number}");
        }

        s_call(*arguments);
        arguments->Number = 0;
    }

    public static ulong SignalWait(ulong target, ulong bits, ulong source, ulong deadline) =>
        s_kernel?.SignalWait(target, bits) ?? throw new NotSupportedException($"signal {target}");

    public static uint In32(ushort port) => uint.MaxValue;

    public static void Out32(ushort port, uint value)
    {
    }

    public static byte In8(ushort port) => s_read!(port);

    public static void Out8(ushort port, byte value) => s_write!(port, value);

    public static void In8(ushort port, Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
        {
            value = In8(port);
        }
    }

    public static void Out8(ushort port, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Out8(port, value);
        }
    }

    /// <summary>The time-stamp counter of this thread.</summary>
    [field: ThreadStatic]
    public static ulong Now { get; set; }

    public static ulong Tsc() => Now;

    public static ulong ThreadEntry() => 0;

    public static void Where(Abi.StackFrame* frame) => *frame = default;

    public static ulong AbiIdentity() => 0x1234_5678_9abc_def0;

    public static ulong StackTop() => ulong.MaxValue;

    public static byte* SymbolsStart() => null;

    public static byte* SymbolsEnd() => null;
}
