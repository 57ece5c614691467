using System;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Arch;

/// <summary>
/// Where the processor can, it drops what branch predictors have learnt whenever another guest or domain gets it, so that none steers
/// another's speculation. Within a guest this is the guest's own task.
/// </summary>
internal static unsafe class PredictorBarrier
{
    private const uint CommandMsr = 0x49;
    private const ulong Barrier = 1;

    private static bool present;

    /// <summary>Whether the processor has the barrier.</summary>
    public static bool IsPresent => present;

    /// <summary>
    /// Asks the processor (Intel: leaf 7, SPEC_CTRL; AMD: leaf 0x80000008, IBPB). The option is for tests: processors without the barrier
    /// ignore the register.
    /// </summary>
    public static void Initialise(ReadOnlySpan<byte> options)
    {
        uint* result = stackalloc uint[4];
        Cpu.Identify(7, 0, result);
        bool intel = (result[3] & (1U << 26)) != 0;
        Cpu.Identify(0x8000_0008, 0, result);
        bool amd = (result[1] & (1U << 12)) != 0;
        present = intel || amd || options.IndexOf("barrier=on"u8) >= 0;
    }

    /// <summary>Executes the barrier before a context of another guest or domain runs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Before(PerCpu* cpu, void* owner)
    {
        if (present && cpu->PredictionOwner != owner)
        {
            cpu->PredictionOwner = owner;
            cpu->Counters.Barriers++;
            Cpu.WriteMsr(CommandMsr, Barrier);
        }
    }
}
