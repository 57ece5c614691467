using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Translation.Guests;

/// <summary>
/// A guest address space: a contiguous range of frames that the guest owns. What translates the guest's addresses keeps its own state after
/// this, in memory that the guest's monitor gave.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Guest
{
    // SAFETY: frames that the guest owns, in the kernel's map of memory.

    /// <summary>The capability system's part.</summary>
    public GuestHeader Header;

    /// <summary>The ROM's count of notes, for entry code.</summary>
    public uint* NoteCount;

    private ulong _firstPage;
    private ulong _frames;

    /// <summary>Its first frame in the kernel's map of memory.</summary>
    private byte* _firstFrame;

    /// <summary>Frames that it owns.</summary>
    public readonly ulong Frames => _frames;

    /// <summary>Physical page of its first frame.</summary>
    public readonly ulong FirstPage => _firstPage;

    /// <summary>Whether it owns a frame.</summary>
    public readonly bool Owns(ulong frame) => frame < _frames;

    /// <summary>A frame in the kernel's map of memory.</summary>
    public readonly byte* FrameAddress(ulong frame) => _firstFrame + (frame << 12);

    /// <summary>An entry of a frame that is a table.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong* Entry(ulong frame, int slot) => (ulong*)FrameAddress(frame) + slot;

    /// <summary>Gives a guest, whose memory is zero, its frames.</summary>
    /// <param name="firstPage">Physical page of the first.</param>
    /// <param name="frames">Number of frames.</param>
    /// <param name="noteFrame">The frame of the note page.</param>
    public void Initialise(ulong firstPage, ulong frames, ulong noteFrame)
    {
        _firstPage = firstPage;
        _frames = frames;
        _firstFrame = Machine.ToVirtual(firstPage << 12);
        NoteCount = &((NotePage*)FrameAddress(noteFrame))->Count;
    }
}
