using System.Buffers.Binary;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Makes Linux replace its calls of the ten helpers that translate frame numbers by a register move, since the helpers are identities
/// (<see cref="LinuxFunction.Translate"/>). Linux has that move at hand for each call, and puts it there at start unless it is on Xen, by
/// its table of alternatives, in which "unless" is one bit. The monitor changes the table in memory, not the calls.
/// </summary>
/// <remarks>
/// <para>Source: Linux 6.1 and 6.12, struct alt_instr in arch/x86/include/asm/alternative.h, apply_alternatives in
/// arch/x86/kernel/alternative.c, PVOP_ALT_CALLEE1 in arch/x86/include/asm/paravirt.h. Linux 6.1 makes the calls direct before it applies
/// the table, which overwrites them. In 6.12 an entry of the table makes each call direct, and the entry for the move comes after it.</para>
/// <para>The calls of modules stand in tables of their own: they reach the helpers.</para>
/// </remarks>
public static class IdentityCalls
{
    private const int ReplacementAt = 4;
    private const int FeatureAt = 8;

    /// <summary>X86_FEATURE_XENPV.</summary>
    private const ushort OnXen = (8 * 32) + 16;

    /// <summary>Bytes of a call through a pointer: ff 15 and how far the pointer is from the call's end.</summary>
    private const int CallSize = 6;
    private const int DistanceAt = 2;

    /// <summary>mov rax, rdi.</summary>
    private static ReadOnlySpan<byte> Move => [0x48, 0x89, 0xf8];

    /// <summary>Changes the table if all calls are as expected; otherwise does nothing.</summary>
    /// <param name="frames">The guest's frames, with the kernel loaded.</param>
    /// <param name="kernel">Its file.</param>
    /// <param name="physicalOffset">Difference between the guest's addresses and the physical addresses of the file.</param>
    /// <returns>Calls that Linux will replace.</returns>
    public static int Change<T>(ref T frames, in ElfImage kernel, ulong physicalOffset)
        where T : struct, IGuestFrames
    {
        int changed = Change(ref frames, kernel, physicalOffset, EntryFormat.Before6Point3);
        return changed != 0 ? changed : Change(ref frames, kernel, physicalOffset, EntryFormat.Since6Point3);
    }

    private static int Change<T>(ref T frames, in ElfImage kernel, ulong physicalOffset, EntryFormat format)
        where T : struct, IGuestFrames
    {
        if (!kernel.FindSection(".altinstructions\0"u8, out ulong address, out ulong size) || size % (ulong)format.Size != 0 || !kernel.Find(address, size, out ElfSegment segment))
        {
            return 0;
        }

        ReadOnlySpan<byte> table = kernel.BytesAt(address, size);
        if (!CallTenPointers(kernel, table, address, format))
        {
            return 0;
        }

        int changed = 0;
        ulong physical = segment.PhysicalAddress - physicalOffset + (address - segment.VirtualAddress);
        for (int at = 0; at < table.Length; at += format.Size)
        {
            if (IsMove(kernel, table.Slice(at, format.Size), address + (ulong)at, format))
            {
                ulong flags = physical + (ulong)(at + format.FlagsAt);
                frames.Frame(flags >> 12)[(int)(flags & 4095)] &= (byte)~format.Not;
                changed++;
            }
        }

        return changed;
    }

    /// <summary>
    /// Whether the candidates are calls through ten pointers in all, which hold the same function before Linux detects Xen: its own
    /// identity, which the ten helpers then replace.
    /// </summary>
    private static bool CallTenPointers(in ElfImage kernel, ReadOnlySpan<byte> table, ulong address, EntryFormat format)
    {
        Span<ulong> pointers = stackalloc ulong[LinuxFunctions.Translations];
        int found = 0;
        for (int at = 0; at < table.Length; at += format.Size)
        {
            ReadOnlySpan<byte> entry = table.Slice(at, format.Size);
            if (!IsMove(kernel, entry, address + (ulong)at, format))
            {
                continue;
            }

            ulong pointer = Pointer(kernel, entry, address + (ulong)at, format);
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

    /// <summary>Whether an entry replaces its place by the move unless on Xen.</summary>
    private static bool IsMove(in ElfImage kernel, ReadOnlySpan<byte> entry, ulong address, EntryFormat format) =>
        BinaryPrimitives.ReadUInt32LittleEndian(entry.Slice(FeatureAt)) << format.OtherBits == (OnXen | format.NotInField) << format.OtherBits && entry[format.SizesAt + 1] == Move.Length
            && kernel.BytesAt(Target(entry, address, ReplacementAt), (ulong)Move.Length).SequenceEqual(Move);

    /// <summary>The pointer through which the place of an entry calls; 0 if it is no such call.</summary>
    private static ulong Pointer(in ElfImage kernel, ReadOnlySpan<byte> entry, ulong address, EntryFormat format)
    {
        ulong place = Target(entry, address, 0);
        ReadOnlySpan<byte> call = kernel.BytesAt(place, CallSize);
        bool isCall = entry[format.SizesAt] == CallSize && call.Length == CallSize && call[0] == 0xff && call[1] == 0x15;
        ulong pointer = isCall ? unchecked(place + CallSize + (ulong)BinaryPrimitives.ReadInt32LittleEndian(call.Slice(DistanceAt))) : 0;
        return Word(kernel, pointer).Length != 0 ? pointer : 0;
    }

    private static ReadOnlySpan<byte> Word(in ElfImage kernel, ulong address) => kernel.BytesAt(address, sizeof(ulong));

    /// <summary>The target of a field of an entry, which is a distance from the field itself.</summary>
    private static ulong Target(ReadOnlySpan<byte> entry, ulong address, int field) =>
        unchecked(address + (ulong)field + (ulong)BinaryPrimitives.ReadInt32LittleEndian(entry.Slice(field)));

    /// <summary>
    /// Places of the fields of an entry. In all formats place and replacement come first, as distances of four bytes, then the feature.
    /// </summary>
    private readonly struct EntryFormat
    {
        /// <summary>
        /// Bytes of an entry; offset of the sizes of place and replacement; offset of the byte with the bit that negates the condition.
        /// </summary>
        public readonly int Size, SizesAt, FlagsAt;

        /// <summary>
        /// That bit in its byte, and in the four bytes from the feature on; and the number of high bits of these that mean something else.
        /// </summary>
        public readonly byte Not;

        /// <inheritdoc cref="Not"/>
        public readonly uint NotInField;

        /// <inheritdoc cref="Not"/>
        public readonly int OtherBits;

        private EntryFormat(int size, int sizesAt, int flagsAt, byte not, uint notInField, int otherBits)
        {
            Size = size;
            SizesAt = sizesAt;
            FlagsAt = flagsAt;
            Not = not;
            NotInField = notInField;
            OtherBits = otherBits;
        }

        /// <summary>The bit is the highest of the feature's two bytes.</summary>
        public static EntryFormat Before6Point3 => new(12, 10, 9, 1 << 7, 1 << 15, 16);

        /// <summary>Two bytes of flags follow the feature's.</summary>
        public static EntryFormat Since6Point3 => new(14, 12, 10, 1, 1 << 16, 0);
    }
}
