using System.Runtime.CompilerServices;

namespace System.Runtime.Intrinsics.X86;

/// <summary>
/// Instructions of the base set. The compiler replaces each call by the instruction; a body that calls itself is
/// what it expects for methods that it must replace.
/// </summary>
public static class X86Base
{
    /// <summary>Hint that the caller spins.</summary>
    [Intrinsic]
    public static void Pause() => Pause();

    /// <summary>BSF; undefined for 0.</summary>
    [Intrinsic]
    internal static uint BitScanForward(uint value) => BitScanForward(value);

    /// <summary>BSR; undefined for 0.</summary>
    [Intrinsic]
    internal static uint BitScanReverse(uint value) => BitScanReverse(value);

    /// <summary>The 64-bit forms.</summary>
    public static class X64
    {
        /// <summary>BSF; undefined for 0.</summary>
        [Intrinsic]
        internal static ulong BitScanForward(ulong value) => BitScanForward(value);

        /// <summary>BSR; undefined for 0.</summary>
        [Intrinsic]
        internal static ulong BitScanReverse(ulong value) => BitScanReverse(value);
    }
}
