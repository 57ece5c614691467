using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// The page of slots that a guest requests with the note XEN_ELFNOTE_HYPERCALL_PAGE: 128 slots of 32 bytes. The guest makes hypercall n by
/// a call of slot n, and iret (23) by a jump to its slot.
/// </summary>
public static class HypercallPage
{
    /// <summary>Bytes of a slot.</summary>
    public const int SlotSize = 32;

    /// <summary>Bytes of the page.</summary>
    public const int Size = 4096;

    private const int Iret = 23;
    private const byte Int3 = 0xcc;

    /// <summary>mov eax, n.</summary>
    private const byte MoveToEax = 0xb8;

    /// <summary>push rcx; push r11; push rax: what the frame of iret begins with, from its end.</summary>
    private static ReadOnlySpan<byte> PushIret => [0x51, 0x41, 0x53, 0x50];

    /// <summary>jmp *0(%rip): through the eight bytes that follow.</summary>
    private static ReadOnlySpan<byte> JumpNext => [0xff, 0x25, 0, 0, 0, 0];

    private static ReadOnlySpan<byte> PushScratch => [0x51, 0x41, 0x53];

    private static ReadOnlySpan<byte> Syscall => [0x0f, 0x05];

    private static ReadOnlySpan<byte> PopScratchAndReturn => [0x41, 0x5b, 0x59, 0xc3];

    /// <summary>Slots that jump into the ROM: way "page".</summary>
    public static void WriteJumps(Span<byte> page, ulong hypercallEntry, ulong iretEntry)
    {
        page.Fill(Int3);
        for (int number = 0; number < Size / SlotSize; number++)
        {
            Span<byte> rest = page.Slice(number * SlotSize, SlotSize);
            rest = number == Iret ? Put(rest, PushIret) : PutNumber(rest, number);
            rest = Put(rest, JumpNext);
            BinaryPrimitives.WriteUInt64LittleEndian(rest, number == Iret ? iretEntry : hypercallEntry);
        }
    }

    /// <summary>Slots that trap, as Xen itself writes them: way "trap" of a guest that makes hypercalls only through its page.</summary>
    public static void WriteTraps(Span<byte> page)
    {
        page.Fill(Int3);
        for (int number = 0; number < Size / SlotSize; number++)
        {
            Span<byte> rest = page.Slice(number * SlotSize, SlotSize);
            rest = Put(rest, number == Iret ? PushIret : PushScratch);
            rest = Put(PutNumber(rest, number), Syscall);
            if (number != Iret)
            {
                Put(rest, PopScratchAndReturn);
            }
        }
    }

    private static Span<byte> PutNumber(Span<byte> rest, int number)
    {
        rest[0] = MoveToEax;
        BinaryPrimitives.WriteInt32LittleEndian(rest.Slice(1), number);
        return rest.Slice(5);
    }

    private static Span<byte> Put(Span<byte> rest, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(rest);
        return rest.Slice(bytes.Length);
    }
}
