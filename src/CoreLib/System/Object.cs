namespace System;

/// <summary>Root of all types. Nothing is ever allocated, so there is no identity, hash or text to ask for.</summary>
public class Object
{
    // The first word of every object, as ilc lays it out; only frozen string literals have one.
#pragma warning disable CS0169, IDE0051, CA1823
    private readonly IntPtr _methodTable;
#pragma warning restore CS0169, IDE0051, CA1823

    /// <summary>Called by constructors of derived types.</summary>
    public Object()
    {
    }

    /// <summary>Not available without a runtime: always false.</summary>
    public virtual bool Equals(object? obj) => false;

    /// <summary>Not available without a runtime: always 0.</summary>
    public virtual int GetHashCode() => 0;
}

/// <summary>Base of all structs.</summary>
public abstract class ValueType
{
}

/// <summary>Base of all enumerations.</summary>
public abstract class Enum : ValueType
{
}

/// <summary>Needed by the compiler; nothing derives from it.</summary>
public abstract class Delegate
{
}

/// <summary>Needed by the compiler; nothing derives from it.</summary>
public abstract class MulticastDelegate : Delegate
{
}

/// <summary>Needed by the compiler; nothing is thrown.</summary>
public class Exception
{
}

/// <summary>Needed by the compiler for <c>typeof</c> in attributes.</summary>
public abstract class Type
{
}

/// <summary>The compiler looks it up by name.</summary>
internal sealed class RuntimeType : Type
{
}

/// <summary>Needed by the compiler.</summary>
public struct RuntimeTypeHandle
{
}

/// <summary>Needed by the compiler.</summary>
public struct RuntimeMethodHandle
{
}

/// <summary>Names the data of a constant span.</summary>
public struct RuntimeFieldHandle
{
}
