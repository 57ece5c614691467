using System;
using Tierce.Abi;

namespace Tierce.Kernel.Time;

/// <summary>
/// The rate of the time-stamp counter that the processor, or the underlying hypervisor, states. If it is right it is exact, so the kernel
/// uses it if it agrees with the measurement, and never against the measurement.
/// </summary>
/// <remarks>
/// Leaf 0x15: Intel SDM vol. 2A, CPUID. Leaf 0x40000010: VMware's timing leaf, which KVM has too. Leaf 0x16 states whole megahertz, which
/// is coarser than the measurement.
/// </remarks>
internal static class StatedRate
{
    /// <summary>The leaf with the ratio to the crystal's rate.</summary>
    public const uint CrystalLeaf = 0x15;

    /// <summary>The hypervisor's leaf with the rate in kilohertz.</summary>
    public const uint TimingLeaf = 0x4000_0010;

    /// <summary>Rate by leaf 0x15: EAX, EBX, ECX; 0 if the leaf states none.</summary>
    public static ulong FromCrystal(ReadOnlySpan<uint> leaf) =>
        leaf[0] == 0 || leaf[1] == 0 || leaf[2] == 0 ? 0 : (ulong)leaf[2] * leaf[1] / leaf[0];

    /// <summary>Rate by the timing leaf; 0 if the leaf states none.</summary>
    public static ulong FromTiming(ReadOnlySpan<uint> leaf) => leaf[0] * 1000UL;

    /// <summary>The stated rate if it is within the measurement's error, otherwise the measured one.</summary>
    public static ulong Choose(in ClockRates measured, ulong stated)
    {
        ulong distance = stated > measured.TscHertz ? stated - measured.TscHertz : measured.TscHertz - stated;
        return stated != 0 && distance <= Ratio.Scale(measured.TscHertz, measured.Error, 1_000_000) ? stated : measured.TscHertz;
    }
}
