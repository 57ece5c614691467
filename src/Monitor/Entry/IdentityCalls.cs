using System.Buffers.Binary;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Lets Linux make a move of a register of each of its calls of the ten helpers that translate frame numbers, where they are
/// identities (<see cref="TranslationHelpers"/>). It has that move at hand for each call, and puts it there at start unless it finds
/// itself on Xen: by its table of alternatives, in which "unless" is one bit. The table is changed, in memory, not the calls.
/// </summary>
/// <remarks>
/// Source: Linux 6.1, struct alt_instr in arch/x86/include/asm/alternative.h, apply_alternatives in arch/x86/kernel/alternative.c
/// (which comes after the calls were made direct, and overwrites them), PVOP_ALT_CALLEE1 in arch/x86/include/asm/paravirt.h. The calls
/// of modules stand in tables of their own: they reach the helpers.
/// </remarks>
public static class IdentityCalls
{
    private const int EntrySize = 12;
    private const int ReplacementAt = 4;
    private const int FeatureAt = 8;
    private const int CallSizeAt = 10;
    private const int ReplacementSizeAt = 11;

    /// <summary>X86_FEATURE_XENPV, and the bit that turns a condition round (ALTINSTR_FLAG_INV).</summary>
    private const ushort OnXen = (8 * 32) + 16;
    private const ushort Not = 1 << 15;

    /// <summary>Bytes of a call through a pointer: ff 15 and how far the pointer is from the call's end.</summary>
    private const int CallSize = 6;
    private const int DistanceAt = 2;

    /// <summary>mov rax, rdi.</summary>
    private static ReadOnlySpan<byte> Move => [0x48, 0x89, 0xf8];

    /// <summary>Changes the table, if all calls are as expected; else nothing.</summary>
    /// <param name="frames">The guest's, the kernel loaded.</param>
    /// <param name="kernel">Its file.</param>
    /// <param name="physicalOffset">What the guest's addresses differ by from those that the file calls physical.</param>
    /// <returns>Calls that Linux will replace.</returns>
    public static int Change<T>(ref T frames, in ElfImage kernel, ulong physicalOffset)
        where T : struct, IGuestFrames
    {
        if (!kernel.FindSection(".altinstructions\0"u8, out ulong address, out ulong size) || size % EntrySize != 0 || address % sizeof(int) != 0
            || !kernel.Find(address, size, out ElfSegment segment))
        {
            return 0;
        }

        ReadOnlySpan<byte> table = kernel.BytesAt(address, size);
        if (!CallTenPointers(kernel, table, address))
        {
            return 0;
        }

        int changed = 0;
        ulong physical = segment.PhysicalAddress - physicalOffset + (address - segment.VirtualAddress);
        for (int at = 0; at < table.Length; at += EntrySize)
        {
            if (IsMove(kernel, table.Slice(at, EntrySize), address + (ulong)at))
            {
                // Entries are aligned to four bytes: the field does not cross a frame.
                ulong field = physical + (ulong)at + FeatureAt;
                BinaryPrimitives.WriteUInt16LittleEndian(frames.Frame(field >> 12).Slice((int)(field & 4095)), OnXen);
                changed++;
            }
        }

        return changed;
    }

    /// <summary>
    /// Whether what would become moves are calls through ten pointers in all, which hold the same function before Linux finds itself on
    /// Xen: its own identity, which the ten helpers then take the place of.
    /// </summary>
    private static bool CallTenPointers(in ElfImage kernel, ReadOnlySpan<byte> table, ulong address)
    {
        Span<ulong> pointers = stackalloc ulong[TranslationHelpers.Count];
        int found = 0;
        for (int at = 0; at < table.Length; at += EntrySize)
        {
            ReadOnlySpan<byte> entry = table.Slice(at, EntrySize);
            if (!IsMove(kernel, entry, address + (ulong)at))
            {
                continue;
            }

            ulong pointer = Pointer(kernel, entry, address + (ulong)at);
            if (pointer == 0)
            {
                return false;
            }

            if (pointers.Slice(0, found).IndexOf(pointer) >= 0)
            {
                continue;
            }

            if (found == pointers.Length || !Word(kernel, pointer).SequenceEqual(Word(kernel, found == 0 ? pointer : pointers[0])))
            {
                return false;
            }

            pointers[found++] = pointer;
        }

        return found == pointers.Length;
    }

    /// <summary>Whether an entry says that its place becomes the move unless on Xen.</summary>
    private static bool IsMove(in ElfImage kernel, ReadOnlySpan<byte> entry, ulong address) =>
        BinaryPrimitives.ReadUInt16LittleEndian(entry.Slice(FeatureAt)) == (OnXen | Not) && entry[ReplacementSizeAt] == Move.Length
            && kernel.BytesAt(Target(entry, address, ReplacementAt), (ulong)Move.Length).SequenceEqual(Move);

    /// <summary>The pointer that the place of an entry calls through; 0 if it is no such call.</summary>
    private static ulong Pointer(in ElfImage kernel, ReadOnlySpan<byte> entry, ulong address)
    {
        ulong place = Target(entry, address, 0);
        ReadOnlySpan<byte> call = kernel.BytesAt(place, CallSize);
        bool isCall = entry[CallSizeAt] == CallSize && call.Length == CallSize && call[0] == 0xff && call[1] == 0x15;
        ulong pointer = isCall ? unchecked(place + CallSize + (ulong)BinaryPrimitives.ReadInt32LittleEndian(call.Slice(DistanceAt))) : 0;
        return Word(kernel, pointer).Length != 0 ? pointer : 0;
    }

    private static ReadOnlySpan<byte> Word(in ElfImage kernel, ulong address) => kernel.BytesAt(address, sizeof(ulong));

    /// <summary>What a field of an entry, a distance from itself, refers to.</summary>
    private static ulong Target(ReadOnlySpan<byte> entry, ulong address, int field) =>
        unchecked(address + (ulong)field + (ulong)BinaryPrimitives.ReadInt32LittleEndian(entry.Slice(field)));
}
