using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>
/// Recognises, in a guest kernel's text, the two places where Linux makes hypercalls, and padding next to them that can hold a pointer. All
/// numbers are offsets in that text.
/// </summary>
/// <remarks>
/// Source of the bytes: Linux 6.1, arch/x86/xen/xen-asm.S and xen-head.S. Each must be there exactly once: a second copy would be code that
/// the monitor does not understand.
/// </remarks>
public struct HypercallStubs
{
    /// <summary>Bytes of a pointer, and how it is aligned.</summary>
    public const int PointerSize = 8;

    /// <summary>Alignment of functions: padding ends at a multiple of it.</summary>
    private const int Alignment = 16;

    private const byte Jump = 0xe9;
    private const byte Padding = 0xcc;
    private const ulong PaddingWord = 0xcccc_cccc_cccc_cccc;
    private const int JumpSize = 5;

    /// <summary>Offset of SYSCALL in each stub.</summary>
    private const int HypercallSyscall = 3;
    private const int IretSyscall = 11;

    /// <summary>Where the stubs start.</summary>
    public int Hypercall, Iret;

    /// <summary>Padding for the pointer that each stub will go through.</summary>
    public int HypercallPointer, IretPointer;

    private int _hypercalls, _irets;

    /// <summary>push rcx; push r11; syscall; pop r11; pop rcx. A jump to the return thunk follows, which stays unchanged.</summary>
    public static ReadOnlySpan<byte> HypercallBytes => [0x51, 0x41, 0x53, 0x0f, 0x05, 0x41, 0x5b, 0x59];

    /// <summary>push 0; push rcx; push r11; push rax; mov eax, 23; syscall; int3.</summary>
    public static ReadOnlySpan<byte> IretBytes => [0x6a, 0x00, 0x51, 0x41, 0x53, 0x50, 0xb8, 0x17, 0x00, 0x00, 0x00, 0x0f, 0x05, 0xcc];

    /// <summary>Looks for stubs and padding. The text starts at a multiple of 16.</summary>
    public static BuildError Find(ReadOnlySpan<byte> text, out HypercallStubs stubs)
    {
        stubs = default;
        stubs.FindSyscalls(text);
        if (stubs._hypercalls > 1 || stubs._irets > 1)
        {
            return BuildError.StubTwice;
        }

        if (stubs._hypercalls == 0 || stubs._irets == 0)
        {
            return BuildError.NoStub;
        }

        long thunk = JumpTarget(text, stubs.Hypercall + HypercallBytes.Length);
        stubs.HypercallPointer = FindPadding(text, stubs.Hypercall, thunk, taken: -1);
        stubs.IretPointer = FindPadding(text, stubs.Iret, thunk, stubs.HypercallPointer);
        return stubs.HypercallPointer < 0 || stubs.IretPointer < 0 ? BuildError.NoStubPadding : BuildError.None;
    }

    /// <summary>Tests every SYSCALL (0f 05), whatever its alignment. Skips eight bytes without a 05 in one step.</summary>
    private void FindSyscalls(ReadOnlySpan<byte> text)
    {
        const ulong Ones = 0x0101_0101_0101_0101;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(text);
        for (int i = 0; i < words.Length; i++)
        {
            ulong zeroWhereFive = words[i] ^ (5 * Ones);
            if (((zeroWhereFive - Ones) & ~zeroWhereFive & (0x80 * Ones)) != 0)
            {
                LookAt(text, i * 8, (i * 8) + 8);
            }
        }

        LookAt(text, words.Length * 8, text.Length);
    }

    private void LookAt(ReadOnlySpan<byte> text, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (text[i] == 5 && i != 0 && text[i - 1] == 0x0f)
            {
                Match(text, i - 1);
            }
        }
    }

    private void Match(ReadOnlySpan<byte> text, int syscall)
    {
        int hypercall = syscall - HypercallSyscall;
        int iret = syscall - IretSyscall;
        int after = hypercall + HypercallBytes.Length;
        if (hypercall >= 0 && text.Slice(hypercall).StartsWith(HypercallBytes) && after + JumpSize <= text.Length && text[after] == Jump)
        {
            Hypercall = hypercall;
            _hypercalls++;
        }
        else if (iret >= 0 && text.Slice(iret).StartsWith(IretBytes))
        {
            Iret = iret;
            _irets++;
        }
    }

    /// <summary>
    /// The nearest padding with room for an aligned pointer: int3 up to a function's boundary, after a function that ends with a jump to
    /// the same return thunk. -1: none.
    /// </summary>
    private static int FindPadding(ReadOnlySpan<byte> text, int near, long thunk, int taken)
    {
        int line = near / Alignment * Alignment;
        for (int distance = 0; distance < text.Length; distance += Alignment)
        {
            if (IsPadding(text, line - distance, thunk) && line - distance + Alignment - PointerSize != taken)
            {
                return line - distance + Alignment - PointerSize;
            }

            if (IsPadding(text, line + distance, thunk) && line + distance + Alignment - PointerSize != taken)
            {
                return line + distance + Alignment - PointerSize;
            }
        }

        return -1;
    }

    private static bool IsPadding(ReadOnlySpan<byte> text, int line, long thunk)
    {
        int pointer = line + Alignment - PointerSize;
        if (line < JumpSize || pointer + PointerSize > text.Length
            || BinaryPrimitives.ReadUInt64LittleEndian(text.Slice(pointer)) != PaddingWord)
        {
            return false;
        }

        int end = pointer;
        while (end > line && text[end - 1] == Padding)
        {
            end--;
        }

        return text[end - JumpSize] == Jump && JumpTarget(text, end - JumpSize) == thunk;
    }

    private static long JumpTarget(ReadOnlySpan<byte> text, int jump) =>
        jump + JumpSize + (long)BinaryPrimitives.ReadInt32LittleEndian(text.Slice(jump + 1));
}
