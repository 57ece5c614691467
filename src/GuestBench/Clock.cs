using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Guest.Bench;

/// <summary>The time-stamp counter.</summary>
internal static class Clock
{
    /// <summary>Ticks since the machine was switched on; under QEMU's -icount: instructions.</summary>
    [RuntimeImport("*", "bench_clock")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Now();
}
