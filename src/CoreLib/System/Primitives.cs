namespace System;

#pragma warning disable CA1720 // the names are the language's own

/// <summary>No value.</summary>
public struct Void
{
}

/// <summary>True or false.</summary>
public readonly struct Boolean : IEquatable<bool>
{
    private readonly bool _value;

    /// <inheritdoc/>
    public bool Equals(bool other) => _value == other;
}

/// <summary>A UTF-16 unit.</summary>
public readonly struct Char : IEquatable<char>
{
    private readonly char _value;

    /// <inheritdoc/>
    public bool Equals(char other) => _value == other;
}

/// <summary>32-bit floating point.</summary>
public struct Single
{
}

/// <summary>64-bit floating point.</summary>
public struct Double
{
}

/// <summary>Signed 8-bit integer.</summary>
public readonly struct SByte : IEquatable<sbyte>, IComparable<sbyte>
{
    /// <summary>Least value.</summary>
    public const sbyte MinValue = -128;

    /// <summary>Greatest value.</summary>
    public const sbyte MaxValue = 127;

    private readonly sbyte _value;

    /// <inheritdoc/>
    public bool Equals(sbyte other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(sbyte other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Unsigned 8-bit integer.</summary>
public readonly struct Byte : IEquatable<byte>, IComparable<byte>
{
    /// <summary>Least value.</summary>
    public const byte MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const byte MaxValue = 255;

    private readonly byte _value;

    /// <inheritdoc/>
    public bool Equals(byte other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(byte other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Signed 16-bit integer.</summary>
public readonly struct Int16 : IEquatable<short>, IComparable<short>
{
    /// <summary>Least value.</summary>
    public const short MinValue = -32768;

    /// <summary>Greatest value.</summary>
    public const short MaxValue = 32767;

    private readonly short _value;

    /// <inheritdoc/>
    public bool Equals(short other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(short other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Unsigned 16-bit integer.</summary>
public readonly struct UInt16 : IEquatable<ushort>, IComparable<ushort>
{
    /// <summary>Least value.</summary>
    public const ushort MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const ushort MaxValue = 65535;

    private readonly ushort _value;

    /// <inheritdoc/>
    public bool Equals(ushort other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(ushort other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Signed 32-bit integer.</summary>
public readonly struct Int32 : IEquatable<int>, IComparable<int>
{
    /// <summary>Least value.</summary>
    public const int MinValue = -2147483648;

    /// <summary>Greatest value.</summary>
    public const int MaxValue = 2147483647;

    private readonly int _value;

    /// <inheritdoc/>
    public bool Equals(int other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(int other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Unsigned 32-bit integer.</summary>
public readonly struct UInt32 : IEquatable<uint>, IComparable<uint>
{
    /// <summary>Least value.</summary>
    public const uint MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const uint MaxValue = 4294967295;

    private readonly uint _value;

    /// <inheritdoc/>
    public bool Equals(uint other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(uint other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Signed 64-bit integer.</summary>
public readonly struct Int64 : IEquatable<long>, IComparable<long>
{
    /// <summary>Least value.</summary>
    public const long MinValue = -9223372036854775808;

    /// <summary>Greatest value.</summary>
    public const long MaxValue = 9223372036854775807;

    private readonly long _value;

    /// <inheritdoc/>
    public bool Equals(long other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(long other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Unsigned 64-bit integer.</summary>
public readonly struct UInt64 : IEquatable<ulong>, IComparable<ulong>
{
    /// <summary>Least value.</summary>
    public const ulong MinValue = 0;

    /// <summary>Greatest value.</summary>
    public const ulong MaxValue = 18446744073709551615;

    private readonly ulong _value;

    /// <inheritdoc/>
    public bool Equals(ulong other) => _value == other;

    /// <inheritdoc/>
    public int CompareTo(ulong other) => _value < other ? -1 : _value > other ? 1 : 0;
}

/// <summary>Integer of a pointer's size.</summary>
public readonly struct IntPtr : IEquatable<nint>
{
#pragma warning disable CS0169, IDE0051, CA1823 // gives the type its size
    private readonly nint _value;
#pragma warning restore CS0169, IDE0051, CA1823

    /// <summary>Zero.</summary>
    public static nint Zero => 0;

    /// <inheritdoc/>
    public bool Equals(nint other) => _value == other;
}

/// <summary>Integer of a pointer's size.</summary>
public readonly struct UIntPtr : IEquatable<nuint>
{
#pragma warning disable CS0169, IDE0051, CA1823 // gives the type its size
    private readonly nuint _value;
#pragma warning restore CS0169, IDE0051, CA1823

    /// <summary>Zero.</summary>
    public static nuint Zero => 0;

    /// <inheritdoc/>
    public bool Equals(nuint other) => _value == other;
}
