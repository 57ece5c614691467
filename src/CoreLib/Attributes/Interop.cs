namespace System.Runtime.InteropServices;

/// <summary>How fields are laid out.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct)]
public sealed class StructLayoutAttribute(LayoutKind layoutKind) : Attribute
{
#pragma warning disable CA1051 // the compiler knows them as fields
    /// <summary>Bytes of the whole, at least.</summary>
    public int Size;

    /// <summary>Greatest alignment of a field.</summary>
    public int Pack;

    /// <summary>Not used here.</summary>
    public CharSet CharSet;
#pragma warning restore CA1051

    /// <summary>How.</summary>
    public LayoutKind Value { get; } = layoutKind;
}

/// <summary>Kinds of layout.</summary>
public enum LayoutKind
{
    /// <summary>In the order written.</summary>
    Sequential = 0,

    /// <summary>By <see cref="FieldOffsetAttribute"/>.</summary>
    Explicit = 2,

    /// <summary>As the compiler likes.</summary>
    Auto = 3,
}

/// <summary>Not used here.</summary>
public enum CharSet
{
    /// <summary>None.</summary>
    None = 1,
}

/// <summary>Byte offset of a field.</summary>
[AttributeUsage(AttributeTargets.Field)]
public sealed class FieldOffsetAttribute(int value) : Attribute
{
    /// <summary>The argument.</summary>
    public int Value { get; } = value;
}

/// <summary>Read-only reference.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class InAttribute : Attribute
{
}

/// <summary>Written before return.</summary>
[AttributeUsage(AttributeTargets.Parameter)]
public sealed class OutAttribute : Attribute
{
}

/// <summary>Needed by the compiler for the unmanaged constraint.</summary>
public enum UnmanagedType
{
    /// <summary>Not used.</summary>
    Bool = 2,
}
