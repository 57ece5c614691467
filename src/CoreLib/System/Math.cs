namespace System;

/// <summary>Integer arithmetic.</summary>
public static class Math
{
    /// <summary>The lesser.</summary>
    public static byte Min(byte val1, byte val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static byte Max(byte val1, byte val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static ushort Min(ushort val1, ushort val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static ushort Max(ushort val1, ushort val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static int Min(int val1, int val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static int Max(int val1, int val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static uint Min(uint val1, uint val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static uint Max(uint val1, uint val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static long Min(long val1, long val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static long Max(long val1, long val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static ulong Min(ulong val1, ulong val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static ulong Max(ulong val1, ulong val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static nint Min(nint val1, nint val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static nint Max(nint val1, nint val2) => val1 > val2 ? val1 : val2;

    /// <summary>The lesser.</summary>
    public static nuint Min(nuint val1, nuint val2) => val1 < val2 ? val1 : val2;

    /// <summary>The greater.</summary>
    public static nuint Max(nuint val1, nuint val2) => val1 > val2 ? val1 : val2;

    /// <summary>Distance from zero; overflow is a failed check.</summary>
    public static int Abs(int value) => value < 0 ? checked(-value) : value;

    /// <summary>Distance from zero; overflow is a failed check.</summary>
    public static long Abs(long value) => value < 0 ? checked(-value) : value;

    /// <summary>The 128-bit product; returns its upper half.</summary>
    public static ulong BigMul(ulong a, ulong b, out ulong low)
    {
        ulong aLow = (uint)a, aHigh = a >> 32, bLow = (uint)b, bHigh = b >> 32;
        ulong lowLow = aLow * bLow;
        ulong middle = (aHigh * bLow) + (lowLow >> 32);
        ulong otherMiddle = (aLow * bHigh) + (uint)middle;
        low = (otherMiddle << 32) | (uint)lowLow;
        return (aHigh * bHigh) + (middle >> 32) + (otherMiddle >> 32);
    }
}
