using System.Runtime.CompilerServices;

namespace System.Threading;

/// <summary>
/// Locked read-modify-write instructions. The compiler replaces each call of a method marked as intrinsic; a body that
/// calls itself is what it expects there.
/// </summary>
public static class Interlocked
{
    /// <summary>LOCK CMPXCHG: stores <paramref name="value"/> if the location holds <paramref name="comparand"/>; returns what it held.</summary>
    [Intrinsic]
    public static int CompareExchange(ref int location1, int value, int comparand) => CompareExchange(ref location1, value, comparand);

    /// <summary>XCHG: stores, returns what was there.</summary>
    [Intrinsic]
    public static int Exchange(ref int location1, int value) => Exchange(ref location1, value);

    /// <summary>Adds; returns the sum.</summary>
    public static int Add(ref int location1, int value) => ExchangeAdd(ref location1, value) + value;

    /// <summary>Adds one; returns the sum.</summary>
    public static int Increment(ref int location) => Add(ref location, 1);

    /// <summary>Takes one away; returns the difference.</summary>
    public static int Decrement(ref int location) => ExchangeAdd(ref location, -1) - 1;

    /// <summary>LOCK AND; returns what was there.</summary>
    [Intrinsic]
    public static int And(ref int location1, int value)
    {
        int current = location1;
        while (true)
        {
            int seen = CompareExchange(ref location1, current & value, current);
            if (seen == current)
            {
                return seen;
            }

            current = seen;
        }
    }

    /// <summary>LOCK OR; returns what was there.</summary>
    [Intrinsic]
    public static int Or(ref int location1, int value)
    {
        int current = location1;
        while (true)
        {
            int seen = CompareExchange(ref location1, current | value, current);
            if (seen == current)
            {
                return seen;
            }

            current = seen;
        }
    }

    [Intrinsic]
    private static int ExchangeAdd(ref int location1, int value) => ExchangeAdd(ref location1, value);

    /// <summary>LOCK CMPXCHG: stores <paramref name="value"/> if the location holds <paramref name="comparand"/>; returns what it held.</summary>
    public static uint CompareExchange(ref uint location1, uint value, uint comparand) =>
        (uint)CompareExchange(ref Unsafe.As<uint, int>(ref location1), (int)value, (int)comparand);

    /// <summary>XCHG: stores, returns what was there.</summary>
    public static uint Exchange(ref uint location1, uint value) =>
        (uint)Exchange(ref Unsafe.As<uint, int>(ref location1), (int)value);

    /// <summary>Adds; returns the sum.</summary>
    public static uint Add(ref uint location1, uint value) => ExchangeAdd(ref location1, value) + value;

    /// <summary>Adds one; returns the sum.</summary>
    public static uint Increment(ref uint location) => Add(ref location, 1);

    /// <summary>Takes one away; returns the difference.</summary>
    public static uint Decrement(ref uint location) => ExchangeAdd(ref location, uint.MaxValue) - 1;

    /// <summary>LOCK AND; returns what was there.</summary>
    public static uint And(ref uint location1, uint value) =>
        (uint)And(ref Unsafe.As<uint, int>(ref location1), (int)value);

    /// <summary>LOCK OR; returns what was there.</summary>
    public static uint Or(ref uint location1, uint value) =>
        (uint)Or(ref Unsafe.As<uint, int>(ref location1), (int)value);

    private static uint ExchangeAdd(ref uint location1, uint value) =>
        (uint)ExchangeAdd(ref Unsafe.As<uint, int>(ref location1), (int)value);

    /// <summary>LOCK CMPXCHG: stores <paramref name="value"/> if the location holds <paramref name="comparand"/>; returns what it held.</summary>
    [Intrinsic]
    public static long CompareExchange(ref long location1, long value, long comparand) => CompareExchange(ref location1, value, comparand);

    /// <summary>XCHG: stores, returns what was there.</summary>
    [Intrinsic]
    public static long Exchange(ref long location1, long value) => Exchange(ref location1, value);

    /// <summary>Adds; returns the sum.</summary>
    public static long Add(ref long location1, long value) => ExchangeAdd(ref location1, value) + value;

    /// <summary>Adds one; returns the sum.</summary>
    public static long Increment(ref long location) => Add(ref location, 1);

    /// <summary>Takes one away; returns the difference.</summary>
    public static long Decrement(ref long location) => ExchangeAdd(ref location, -1) - 1;

    /// <summary>LOCK AND; returns what was there.</summary>
    [Intrinsic]
    public static long And(ref long location1, long value)
    {
        long current = location1;
        while (true)
        {
            long seen = CompareExchange(ref location1, current & value, current);
            if (seen == current)
            {
                return seen;
            }

            current = seen;
        }
    }

    /// <summary>LOCK OR; returns what was there.</summary>
    [Intrinsic]
    public static long Or(ref long location1, long value)
    {
        long current = location1;
        while (true)
        {
            long seen = CompareExchange(ref location1, current | value, current);
            if (seen == current)
            {
                return seen;
            }

            current = seen;
        }
    }

    [Intrinsic]
    private static long ExchangeAdd(ref long location1, long value) => ExchangeAdd(ref location1, value);

    /// <summary>LOCK CMPXCHG: stores <paramref name="value"/> if the location holds <paramref name="comparand"/>; returns what it held.</summary>
    public static ulong CompareExchange(ref ulong location1, ulong value, ulong comparand) =>
        (ulong)CompareExchange(ref Unsafe.As<ulong, long>(ref location1), (long)value, (long)comparand);

    /// <summary>XCHG: stores, returns what was there.</summary>
    public static ulong Exchange(ref ulong location1, ulong value) =>
        (ulong)Exchange(ref Unsafe.As<ulong, long>(ref location1), (long)value);

    /// <summary>Adds; returns the sum.</summary>
    public static ulong Add(ref ulong location1, ulong value) => ExchangeAdd(ref location1, value) + value;

    /// <summary>Adds one; returns the sum.</summary>
    public static ulong Increment(ref ulong location) => Add(ref location, 1);

    /// <summary>Takes one away; returns the difference.</summary>
    public static ulong Decrement(ref ulong location) => ExchangeAdd(ref location, ulong.MaxValue) - 1;

    /// <summary>LOCK AND; returns what was there.</summary>
    public static ulong And(ref ulong location1, ulong value) =>
        (ulong)And(ref Unsafe.As<ulong, long>(ref location1), (long)value);

    /// <summary>LOCK OR; returns what was there.</summary>
    public static ulong Or(ref ulong location1, ulong value) =>
        (ulong)Or(ref Unsafe.As<ulong, long>(ref location1), (long)value);

    private static ulong ExchangeAdd(ref ulong location1, ulong value) =>
        (ulong)ExchangeAdd(ref Unsafe.As<ulong, long>(ref location1), (long)value);

    /// <summary>Full fence.</summary>
    [Intrinsic]
    public static void MemoryBarrier() => MemoryBarrier();
}
