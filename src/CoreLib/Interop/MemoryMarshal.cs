using System.Runtime.CompilerServices;
using Internal.Runtime.CompilerHelpers;

namespace System.Runtime.InteropServices;

/// <summary>Views of spans as other types.</summary>
public static unsafe class MemoryMarshal
{
    /// <summary>First element's location, also of an empty span.</summary>
    public static ref T GetReference<T>(Span<T> span) => ref span._reference;

    /// <summary>First element's location, also of an empty span.</summary>
    public static ref T GetReference<T>(ReadOnlySpan<T> span) => ref span._reference;

    /// <summary>A span over elements from a location on; the caller vouches for the length.</summary>
    public static Span<T> CreateSpan<T>(scoped ref T reference, int length) =>
        new(Unsafe.AsPointer(in reference), length);

    /// <summary>A span over elements from a location on; the caller vouches for the length.</summary>
    public static ReadOnlySpan<T> CreateReadOnlySpan<T>(scoped ref readonly T reference, int length) =>
        new(Unsafe.AsPointer(in reference), length);

    /// <summary>The elements as bytes.</summary>
    public static Span<byte> AsBytes<T>(Span<T> span)
        where T : struct =>
        new(ref Unsafe.As<T, byte>(ref span._reference), checked(span.Length * sizeof(T)));

    /// <summary>The elements as bytes.</summary>
    public static ReadOnlySpan<byte> AsBytes<T>(ReadOnlySpan<T> span)
        where T : struct =>
        new(ref Unsafe.As<T, byte>(ref span._reference), checked(span.Length * sizeof(T)));

    /// <summary>The same memory as elements of another type; a rest that does not fill one is left out.</summary>
    public static Span<TTo> Cast<TFrom, TTo>(Span<TFrom> span)
        where TFrom : struct
        where TTo : struct =>
        new(ref Unsafe.As<TFrom, TTo>(ref span._reference), CastLength<TFrom, TTo>(span.Length));

    /// <summary>The same memory as elements of another type; a rest that does not fill one is left out.</summary>
    public static ReadOnlySpan<TTo> Cast<TFrom, TTo>(ReadOnlySpan<TFrom> span)
        where TFrom : struct
        where TTo : struct =>
        new(ref Unsafe.As<TFrom, TTo>(ref span._reference), CastLength<TFrom, TTo>(span.Length));

    /// <summary>The bytes at the start as a value; a failed check if there are too few.</summary>
    public static T Read<T>(ReadOnlySpan<byte> source)
        where T : struct
    {
        CheckLength<T>(source.Length);
        return Unsafe.ReadUnaligned<T>(ref source._reference);
    }

    /// <summary>Writes a value's bytes; a failed check if there is too little room.</summary>
    public static void Write<T>(Span<byte> destination, in T value)
        where T : struct
    {
        CheckLength<T>(destination.Length);
        Unsafe.WriteUnaligned(ref destination._reference, value);
    }

    /// <summary>The bytes at the start as a value in place; a failed check if there are too few.</summary>
    public static ref T AsRef<T>(Span<byte> span)
        where T : struct
    {
        CheckLength<T>(span.Length);
        return ref Unsafe.As<byte, T>(ref span._reference);
    }

    /// <summary>The bytes at the start as a value in place; a failed check if there are too few.</summary>
    public static ref readonly T AsRef<T>(ReadOnlySpan<byte> span)
        where T : struct
    {
        CheckLength<T>(span.Length);
        return ref Unsafe.As<byte, T>(ref span._reference);
    }

    private static void CheckLength<T>(int length)
    {
        if (sizeof(T) > (uint)length)
        {
            ThrowHelpers.Fail(FailReason.ArgumentRange);
        }
    }

    private static int CastLength<TFrom, TTo>(int length) =>
        checked((int)((ulong)(uint)length * (uint)sizeof(TFrom) / (uint)sizeof(TTo)));
}
