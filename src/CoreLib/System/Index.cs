namespace System;

/// <summary>A position from the start or from the end (<c>^n</c>).</summary>
public readonly struct Index(int value, bool fromEnd = false)
{
    private readonly int _value = fromEnd ? ~value : value;

    /// <summary>The offset in a collection of some length; not checked.</summary>
    public int GetOffset(int length) => _value < 0 ? _value + length + 1 : _value;

    /// <summary>From the start.</summary>
    public static implicit operator Index(int value) => new(value);
}

/// <summary>Two positions (<c>a..b</c>).</summary>
public readonly struct Range(Index start, Index end)
{
    /// <summary>First position.</summary>
    public Index Start { get; } = start;

    /// <summary>Position after the last.</summary>
    public Index End { get; } = end;
}
