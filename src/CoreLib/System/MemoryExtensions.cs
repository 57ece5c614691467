using System.Runtime.CompilerServices;

namespace System;

/// <summary>Comparing and searching spans.</summary>
public static class MemoryExtensions
{
    /// <summary>The characters of a literal; none for null.</summary>
    public static ReadOnlySpan<char> AsSpan(this string? text) =>
        text is null ? default : new(ref Unsafe.AsRef(in text.GetPinnableReference()), text.Length);

    /// <summary>True if both have the same elements in the same order.</summary>
    public static bool SequenceEqual<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> other)
        where T : struct, IEquatable<T>
    {
        if (span.Length != other.Length)
        {
            return false;
        }

        for (int i = 0; i < span.Length; i++)
        {
            if (!span[i].Equals(other[i]))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc cref="SequenceEqual{T}(ReadOnlySpan{T}, ReadOnlySpan{T})"/>
    public static bool SequenceEqual<T>(this Span<T> span, ReadOnlySpan<T> other)
        where T : struct, IEquatable<T> => ((ReadOnlySpan<T>)span).SequenceEqual(other);

    /// <summary>Index of the first element of that value, or -1.</summary>
    public static int IndexOf<T>(this ReadOnlySpan<T> span, T value)
        where T : struct, IEquatable<T>
    {
        for (int i = 0; i < span.Length; i++)
        {
            if (span[i].Equals(value))
            {
                return i;
            }
        }

        return -1;
    }

    /// <inheritdoc cref="IndexOf{T}(ReadOnlySpan{T}, T)"/>
    public static int IndexOf<T>(this Span<T> span, T value)
        where T : struct, IEquatable<T> => ((ReadOnlySpan<T>)span).IndexOf(value);

    /// <summary>Index of the first place where the sequence stands, or -1.</summary>
    public static int IndexOf<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> value)
        where T : struct, IEquatable<T>
    {
        for (int i = 0; i <= span.Length - value.Length; i++)
        {
            if (span.Slice(i, value.Length).SequenceEqual(value))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>True if the span begins with the sequence.</summary>
    public static bool StartsWith<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> value)
        where T : struct, IEquatable<T> =>
        value.Length <= span.Length && span.Slice(0, value.Length).SequenceEqual(value);

    /// <summary>True if the span ends with the sequence.</summary>
    public static bool EndsWith<T>(this ReadOnlySpan<T> span, ReadOnlySpan<T> value)
        where T : struct, IEquatable<T> =>
        value.Length <= span.Length && span.Slice(span.Length - value.Length).SequenceEqual(value);
}
