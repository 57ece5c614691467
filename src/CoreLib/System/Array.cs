namespace System;

/// <summary>Arrays are not allocated here; the type exists for the compiler.</summary>
public abstract class Array
{
    private readonly int _length;

    /// <summary>Number of elements.</summary>
    public int Length => _length;
}

/// <summary>The instantiated array type that ilc looks up by name.</summary>
internal sealed class Array<T> : Array
{
}
