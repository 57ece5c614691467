using System.Runtime.Intrinsics.X86;

namespace System.Numerics;

/// <summary>Bit counts and scans.</summary>
public static class BitOperations
{
    /// <summary>Zero bits below the lowest one bit; 32 for 0.</summary>
    public static int TrailingZeroCount(uint value) => value == 0 ? 32 : (int)X86Base.BitScanForward(value);

    /// <summary>Zero bits below the lowest one bit; 64 for 0.</summary>
    public static int TrailingZeroCount(ulong value) => value == 0 ? 64 : (int)X86Base.X64.BitScanForward(value);

    /// <summary>Zero bits above the highest one bit; 32 for 0.</summary>
    public static int LeadingZeroCount(uint value) => value == 0 ? 32 : 31 - (int)X86Base.BitScanReverse(value);

    /// <summary>Zero bits above the highest one bit; 64 for 0.</summary>
    public static int LeadingZeroCount(ulong value) => value == 0 ? 64 : 63 - (int)X86Base.X64.BitScanReverse(value);

    /// <summary>Position of the highest one bit; 0 for 0.</summary>
    public static int Log2(uint value) => value == 0 ? 0 : (int)X86Base.BitScanReverse(value);

    /// <summary>Position of the highest one bit; 0 for 0.</summary>
    public static int Log2(ulong value) => value == 0 ? 0 : (int)X86Base.X64.BitScanReverse(value);

    /// <summary>Number of one bits.</summary>
    public static int PopCount(uint value) => PopCount((ulong)value);

    /// <summary>Number of one bits.</summary>
    public static int PopCount(ulong value)
    {
        // Sums of neighbouring groups of 1, 2 and 4 bits, then of all bytes by one multiplication.
        value -= (value >> 1) & 0x5555_5555_5555_5555;
        value = (value & 0x3333_3333_3333_3333) + ((value >> 2) & 0x3333_3333_3333_3333);
        value = (value + (value >> 4)) & 0x0f0f_0f0f_0f0f_0f0f;
        return (int)((value * 0x0101_0101_0101_0101) >> 56);
    }

    /// <summary>True if exactly one bit is set.</summary>
    public static bool IsPow2(uint value) => (value & (value - 1)) == 0 && value != 0;

    /// <summary>True if exactly one bit is set.</summary>
    public static bool IsPow2(ulong value) => (value & (value - 1)) == 0 && value != 0;

    /// <summary>Rotates left.</summary>
    public static uint RotateLeft(uint value, int offset) => (value << offset) | (value >> (32 - offset));

    /// <summary>Rotates left.</summary>
    public static ulong RotateLeft(ulong value, int offset) => (value << offset) | (value >> (64 - offset));
}
