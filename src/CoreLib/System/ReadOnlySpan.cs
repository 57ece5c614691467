using System.Runtime.CompilerServices;
using Internal.Runtime.CompilerHelpers;

namespace System;

/// <summary>A stretch of memory for reading; every index is checked.</summary>
public readonly ref struct ReadOnlySpan<T>
{
    internal readonly ref T _reference;
    private readonly int _length;

    /// <summary>The language asks for it where it lowers constant data; there are no arrays, so it is never run.</summary>
    public ReadOnlySpan(T[]? array) => ThrowHelpers.Fail(FailReason.NotSupported);

    /// <inheritdoc cref="ReadOnlySpan{T}(T[])"/>
    public ReadOnlySpan(T[]? array, int start, int length) => ThrowHelpers.Fail(FailReason.NotSupported);

    /// <summary>From a pointer to <paramref name="length"/> elements, which must stay valid as long as the span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe ReadOnlySpan(void* pointer, int length)
    {
        if (length < 0)
        {
            ThrowHelpers.Fail(FailReason.ArgumentRange);
        }

        // SAFETY: the caller vouches for the memory.
        _reference = ref *(T*)pointer;
        _length = length;
    }

    /// <summary>One element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan(ref readonly T reference)
    {
        _reference = ref Unsafe.AsRef(in reference);
        _length = 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal ReadOnlySpan(ref T reference, int length)
    {
        _reference = ref reference;
        _length = length;
    }

    /// <summary>A span of nothing.</summary>
    public static ReadOnlySpan<T> Empty => default;

    /// <summary>Number of elements.</summary>
    public int Length => _length;

    /// <summary>True if there are no elements.</summary>
    public bool IsEmpty => _length == 0;

    /// <summary>The element at an index.</summary>
    public ref readonly T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            if ((uint)index >= (uint)_length)
            {
                ThrowHelpers.Fail(FailReason.IndexRange);
            }

            return ref Unsafe.Add(ref _reference, index);
        }
    }

    /// <summary>What follows from an index on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<T> Slice(int start)
    {
        if ((uint)start > (uint)_length)
        {
            ThrowHelpers.Fail(FailReason.IndexRange);
        }

        return new ReadOnlySpan<T>(ref Unsafe.Add(ref _reference, start), _length - start);
    }

    /// <summary>A part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<T> Slice(int start, int length)
    {
        if ((ulong)(uint)start + (uint)length > (uint)_length)
        {
            ThrowHelpers.Fail(FailReason.IndexRange);
        }

        return new ReadOnlySpan<T>(ref Unsafe.Add(ref _reference, start), length);
    }

    /// <summary>Copies all elements; the destination must be as long at least. Overlap is allowed.</summary>
    public void CopyTo(Span<T> destination)
    {
        if ((uint)_length > (uint)destination.Length)
        {
            ThrowHelpers.Fail(FailReason.ArgumentRange);
        }

        SpanHelpers.Memmove(
            ref Unsafe.As<T, byte>(ref destination._reference),
            ref Unsafe.As<T, byte>(ref _reference),
            (nuint)(uint)_length * (nuint)Unsafe.SizeOf<T>());
    }

    /// <summary>Copies all elements if the destination is long enough.</summary>
    public bool TryCopyTo(Span<T> destination)
    {
        if ((uint)_length > (uint)destination.Length)
        {
            return false;
        }

        CopyTo(destination);
        return true;
    }

    /// <summary>For <c>fixed</c>; the null reference if empty.</summary>
    public ref readonly T GetPinnableReference() => ref _reference;

    /// <summary>For <c>foreach</c>.</summary>
    public Enumerator GetEnumerator() => new(this);

    /// <summary>Steps through a span.</summary>
    public ref struct Enumerator
    {
        private readonly ReadOnlySpan<T> _span;
        private int _index;

        internal Enumerator(ReadOnlySpan<T> span)
        {
            _span = span;
            _index = -1;
        }

        /// <summary>The element it stands on.</summary>
        public readonly ref readonly T Current => ref _span[_index];

        /// <summary>Goes on; false at the end.</summary>
        public bool MoveNext() => ++_index < _span.Length;
    }
}
