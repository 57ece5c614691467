namespace System;

#pragma warning disable CA1051, CA1815 // fields are what the language asks for

/// <summary>A pair.</summary>
public struct ValueTuple<T1, T2>(T1 item1, T2 item2)
{
    /// <summary>First element.</summary>
    public T1 Item1 = item1;

    /// <summary>Second element.</summary>
    public T2 Item2 = item2;
}

/// <summary>Three values.</summary>
public struct ValueTuple<T1, T2, T3>(T1 item1, T2 item2, T3 item3)
{
    /// <summary>First element.</summary>
    public T1 Item1 = item1;

    /// <summary>Second element.</summary>
    public T2 Item2 = item2;

    /// <summary>Third element.</summary>
    public T3 Item3 = item3;
}
