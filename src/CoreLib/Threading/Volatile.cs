using System.Runtime.CompilerServices;

namespace System.Threading;

/// <summary>Reads and writes that the compiler neither drops, repeats nor reorders with later or earlier ones.</summary>
public static class Volatile
{
    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Read(ref readonly bool location) => Unsafe.As<bool, VolatileBool>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref bool location, bool value) => Unsafe.As<bool, VolatileBool>(ref location).Value = value;

    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte Read(ref readonly byte location) => Unsafe.As<byte, VolatileByte>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref byte location, byte value) => Unsafe.As<byte, VolatileByte>(ref location).Value = value;

    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Read(ref readonly ushort location) => Unsafe.As<ushort, VolatileUshort>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref ushort location, ushort value) => Unsafe.As<ushort, VolatileUshort>(ref location).Value = value;

    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Read(ref readonly int location) => Unsafe.As<int, VolatileInt>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref int location, int value) => Unsafe.As<int, VolatileInt>(ref location).Value = value;

    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Read(ref readonly uint location) => Unsafe.As<uint, VolatileUint>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref uint location, uint value) => Unsafe.As<uint, VolatileUint>(ref location).Value = value;

    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Read(ref readonly long location) => Unsafe.As<long, VolatileLong>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref long location, long value) => Unsafe.As<long, VolatileLong>(ref location).Value = value;

    /// <summary>Reads once, with acquire order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Read(ref readonly ulong location) => Unsafe.As<ulong, VolatileUlong>(ref Unsafe.AsRef(in location)).Value;

    /// <summary>Writes once, with release order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(ref ulong location, ulong value) => Unsafe.As<ulong, VolatileUlong>(ref location).Value = value;

    private struct VolatileBool
    {
        public volatile bool Value;
    }

    private struct VolatileByte
    {
        public volatile byte Value;
    }

    private struct VolatileUshort
    {
        public volatile ushort Value;
    }

    private struct VolatileInt
    {
        public volatile int Value;
    }

    private struct VolatileUint
    {
        public volatile uint Value;
    }

    private struct VolatileLong
    {
        // The language has no volatile 64-bit fields, but pointer-sized ones.
        private volatile nint _value;

        public long Value
        {
            readonly get => (long)_value;
            set => _value = (nint)value;
        }
    }

    private struct VolatileUlong
    {
        // The language has no volatile 64-bit fields, but pointer-sized ones.
        private volatile nuint _value;

        public ulong Value
        {
            readonly get => (ulong)_value;
            set => _value = (nuint)value;
        }
    }
}
