using System.Runtime.CompilerServices;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Per frame of the guest: by how many cached leaves it can be written, and whether the cache has a copy of it as a table.</summary>
internal unsafe struct FrameUses
{
    // SAFETY: one word for each frame of the guest; callers name frames that it owns.

    /// <summary>Bit of a frame's count of writers: the cache has a copy of the frame.</summary>
    private const uint CopiesFlag = 1U << 31;

    private uint* _writers;

    /// <summary>Sets the memory: a word a frame, all zero.</summary>
    public void Initialise(uint* writers) => _writers = writers;

    /// <summary>Number of cached leaves through which a frame can be written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly uint Writers(ulong frame) => _writers[frame] & ~CopiesFlag;

    /// <summary>Whether the cache has a copy of a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool HasCopies(ulong frame) => (_writers[frame] & CopiesFlag) != 0;

    /// <summary>A frame can be written through one more leaf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddWriter(ulong frame) => _writers[frame]++;

    /// <summary>A frame can be written through one leaf less.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void RemoveWriter(ulong frame) => _writers[frame]--;

    /// <summary>The cache has a copy of a frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AddCopies(ulong frame) => _writers[frame] |= CopiesFlag;

    /// <summary>The cache has no copy of a frame any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void RemoveCopies(ulong frame) => _writers[frame] &= ~CopiesFlag;
}
