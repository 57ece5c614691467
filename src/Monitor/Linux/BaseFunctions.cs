using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Recognises the two functions with which Linux reads and sets the GS base of its user, __wrgsbase_inactive and __rdgsbase_inactive, of
/// which one follows the other. As Xen's guest, Linux does this at each switch between processes, by RDMSR, which faults, and by a
/// hypercall. The changed functions jump to the ROM. A kernel in which they are not found keeps its slow ones.
/// </summary>
/// <remarks>
/// Source of the bytes: Debian's Linux 6.1, arch/x86/kernel/process_64.c. Linux rewrites the jump at the start of each that decides between
/// Xen and the bare machine, the calls of pv_ops, and jumps to the return thunk. The monitor changes other parts: the arguments of those
/// calls, so that the calls are not reached; the halves for the bare machine, which a guest never executes; and the padding at the end.
/// </remarks>
public static class BaseFunctions
{
    /// <summary>Bytes of both, padding included.</summary>
    public const int Size = 0x60;

    // In __wrgsbase_inactive: the arguments of Xen's half, and the other half.
    private const int WriteAt = 0x08, WritePointerAt = 0x1e;

    // In __rdgsbase_inactive, from the start of the first: the same, and the padding.
    private const int ReadAt = 0x35, ReadJumpAt = 0x45, ReadPointerAt = 0x58;

    private const int JumpSize = 6, ShortJumpSize = 2;

    internal static ReadOnlySpan<byte> Code =>
        "4889fae9????????89fe48c1ea20bf020100c0ff15????????e9????????0f01f8f3480faedf0f01f8e9????????6690e9????????bf020100c0ff15????????e9????????0f01f8f3480faec80f01f8e9????????cccccccccccccccccccccc"u8;

    /// <summary>Where the first of them starts; -1 if they are not there as expected.</summary>
    /// <param name="text">Kernel text. The functions are near its end, among those that may not be traced.</param>
    public static int Find(ReadOnlySpan<byte> text)
    {
        const int Alignment = 16;
        const uint FirstBytes = 0xe9fa_8948;
        for (int at = 0; at + Size <= text.Length; at += Alignment)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(text.Slice(at)) == FirstBytes && Matches(text.Slice(at, Size)))
            {
                return at;
            }
        }

        return -1;
    }

    /// <summary>Changes them.</summary>
    /// <param name="code">Both, <see cref="Size"/> bytes.</param>
    /// <param name="read">The ROM's entry for reading.</param>
    /// <param name="write">And for setting.</param>
    public static void Change(Span<byte> code, ulong read, ulong write)
    {
        WriteJump(code, WriteAt, WritePointerAt, write);
        code[ReadAt] = 0xeb;
        code[ReadAt + 1] = ReadJumpAt - (ReadAt + ShortJumpSize);
        WriteJump(code, ReadJumpAt, ReadPointerAt, read);
    }

    private static bool Matches(ReadOnlySpan<byte> code)
    {
        ReadOnlySpan<byte> pattern = Code;
        for (int i = 0; i < Size; i++)
        {
            if (pattern[2 * i] != (byte)'?' && ((Digit(pattern[2 * i]) << 4) | Digit(pattern[(2 * i) + 1])) != code[i])
            {
                return false;
            }
        }

        return true;
    }

    private static int Digit(byte character) => character <= (byte)'9' ? character - '0' : character - 'a' + 10;

    /// <summary>A jump through a pointer, and that.</summary>
    private static void WriteJump(Span<byte> code, int at, int pointerAt, ulong entry)
    {
        code[at] = 0xff;
        code[at + 1] = 0x25;
        BinaryPrimitives.WriteInt32LittleEndian(code.Slice(at + 2), pointerAt - (at + JumpSize));
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(pointerAt), entry);
    }
}
