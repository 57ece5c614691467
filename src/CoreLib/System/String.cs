namespace System;

/// <summary>A string literal: laid down by the compiler in read-only data, never built.</summary>
public sealed class String
{
#pragma warning disable CS0649 // written by the compiler that lays down the literal
    private readonly int _length;
    private readonly char _first;
#pragma warning restore CS0649

    /// <summary>Number of UTF-16 units.</summary>
    public int Length => _length;

    /// <summary>The unit at an index, checked.</summary>
    public char this[int index] => MemoryExtensions.AsSpan(this)[index];

    /// <summary>For <c>fixed</c>.</summary>
    public ref readonly char GetPinnableReference() => ref _first;

    /// <summary>The characters of a literal.</summary>
    public static implicit operator ReadOnlySpan<char>(string value) =>
        MemoryExtensions.AsSpan(value);
}
