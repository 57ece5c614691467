namespace System;

/// <summary>Compares with a value of its own or another type for equality.</summary>
public interface IEquatable<T>
    where T : allows ref struct
{
    /// <summary>True if both are the same value.</summary>
    bool Equals(T other);
}

/// <summary>Orders values.</summary>
public interface IComparable<T>
    where T : allows ref struct
{
    /// <summary>Negative, zero or positive: this is less than, equal to or greater than the other.</summary>
    int CompareTo(T other);
}

/// <summary>Releases something at the end of a <c>using</c> block.</summary>
public interface IDisposable
{
    /// <summary>Releases it.</summary>
    void Dispose();
}
