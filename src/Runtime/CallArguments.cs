using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// The words of any kernel call, in and out, where <c>tierce_call</c> loads and stores them. Those of one call have names in
/// <c>src/Abi/Calls</c>.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = CallFrame.Size)]
public struct CallArguments
{
    /// <summary>Number of the call; then its status.</summary>
    [FieldOffset(CallFrame.Number)] public ulong Number;

    /// <summary>First argument; then, if the call has one, result.</summary>
    [FieldOffset(CallFrame.Argument0)] public ulong Argument0;

    /// <inheritdoc cref="Argument0"/>
    [FieldOffset(CallFrame.Argument1)] public ulong Argument1;

    /// <inheritdoc cref="Argument0"/>
    [FieldOffset(CallFrame.Argument2)] public ulong Argument2;

    /// <inheritdoc cref="Argument0"/>
    [FieldOffset(CallFrame.Argument3)] public ulong Argument3;

    /// <inheritdoc cref="Argument0"/>
    [FieldOffset(CallFrame.Argument4)] public ulong Argument4;

    /// <inheritdoc cref="Argument0"/>
    [FieldOffset(CallFrame.Argument5)] public ulong Argument5;
}

/// <summary>Makes kernel calls.</summary>
public static unsafe class KernelCalls
{
    /// <summary>A call without arguments.</summary>
    public static Status Make(KernelCall call)
    {
        CallArguments words;
        words.Number = (ulong)call;
        Machine.Call(&words);
        return (Status)(long)words.Number;
    }

    /// <summary>A call with these arguments, whose results are not wanted.</summary>
    /// <param name="call">The call.</param>
    /// <param name="arguments">The struct that <c>src/Abi/Calls</c> has for it.</param>
    public static Status Make<T>(KernelCall call, T arguments)
        where T : unmanaged => Invoke(call, &arguments);

    /// <summary>A call without arguments that has results.</summary>
    public static Status Make<TResults>(KernelCall call, out TResults results)
        where TResults : unmanaged => Make(call, default(CallArguments), out results);

    /// <summary>A call with these arguments and results.</summary>
    /// <param name="call">The call.</param>
    /// <param name="arguments">The struct that <c>src/Abi/Calls</c> has for it.</param>
    /// <param name="results">Likewise; what it has if the call fails means nothing.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Status Make<TArguments, TResults>(KernelCall call, TArguments arguments, out TResults results)
        where TArguments : unmanaged
        where TResults : unmanaged
    {
        Status status = Invoke(call, &arguments);
        results = *(TResults*)&arguments;
        return status;
    }

    private static Status Invoke(KernelCall call, void* words)
    {
        // SAFETY: every struct of arguments or results is laid out as this one, which the stub loads and stores.
        CallArguments* arguments = (CallArguments*)words;
        arguments->Number = (ulong)call;
        Machine.Call(arguments);
        return (Status)(long)arguments->Number;
    }
}
