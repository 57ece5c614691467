using System.Buffers.Binary;

namespace Tierce.Kernel;

/// <summary>Where the firmware's ACPI tables say that the I/O APIC is. Every length and address in them is checked.</summary>
/// <remarks>ACPI specification 6.5, sections 5.2.5 (RSDP), 5.2.6 (table header), 5.2.12 (MADT).</remarks>
internal static unsafe class Acpi
{
    private const int RsdpSize = 36, OldRsdpSize = 20, HeaderSize = 36, MadtEntries = 44;
    private const uint MadtSignature = 0x4349_5041; // "APIC"
    private const byte IoApicEntry = 1;
    private const int IoApicEntrySize = 12;
    private const uint MostBytes = 1 << 20;

    /// <summary>Physical address of the I/O APIC that has the first interrupts.</summary>
    /// <param name="rsdp">Physical address of the root pointer; 0 if the loader gave none.</param>
    /// <param name="limit">Physical memory below this can be read.</param>
    /// <param name="otherwise">The answer if the tables do not tell.</param>
    public static ulong FindIoApic(ulong rsdp, ulong limit, ulong otherwise)
    {
        ReadOnlySpan<byte> root = Bytes(rsdp, OldRsdpSize, limit);
        if (root.IsEmpty || !root.StartsWith("RSD PTR "u8))
        {
            return otherwise;
        }

        // From revision 2 on there is a second list with long addresses.
        ReadOnlySpan<byte> newer = root[15] >= 2 ? Bytes(rsdp, RsdpSize, limit) : default;
        int width = newer.IsEmpty ? 4 : 8;
        ReadOnlySpan<byte> list = Table(newer.IsEmpty ? Number(root.Slice(16), 4) : Number(newer.Slice(24), 8), limit);
        for (int at = HeaderSize; at + width <= list.Length; at += width)
        {
            ReadOnlySpan<byte> table = Table(Number(list.Slice(at), width), limit);
            if (!table.IsEmpty && BinaryPrimitives.ReadUInt32LittleEndian(table) == MadtSignature)
            {
                return InMadt(table, otherwise);
            }
        }

        return otherwise;
    }

    private static ulong InMadt(ReadOnlySpan<byte> madt, ulong otherwise)
    {
        int at = MadtEntries;
        while (at + 2 <= madt.Length)
        {
            int size = madt[at + 1];
            if (size < 2 || size > madt.Length - at)
            {
                return otherwise;
            }

            // The one whose first interrupt is number 0.
            if (madt[at] == IoApicEntry && size >= IoApicEntrySize && Number(madt.Slice(at + 8), 4) == 0)
            {
                ulong address = Number(madt.Slice(at + 4), 4);
                return address == 0 ? otherwise : address & ~0xfffUL;
            }

            at += size;
        }

        return otherwise;
    }

    /// <summary>A table by address; empty if it does not lie in memory or its sum is wrong.</summary>
    private static ReadOnlySpan<byte> Table(ulong address, ulong limit)
    {
        ReadOnlySpan<byte> header = Bytes(address, HeaderSize, limit);
        ReadOnlySpan<byte> table = header.IsEmpty ? default : Bytes(address, Number(header.Slice(4), 4), limit);
        byte sum = 0;
        foreach (byte value in table)
        {
            sum = (byte)(sum + value);
        }

        return table.Length < HeaderSize || sum != 0 ? default : table;
    }

    // SAFETY: memory below the limit is mapped.
    private static ReadOnlySpan<byte> Bytes(ulong address, ulong count, ulong limit) =>
        address != 0 && count <= MostBytes && address < limit && count <= limit - address
            ? new(Machine.ToVirtual(address), (int)count)
            : default;

    private static ulong Number(ReadOnlySpan<byte> bytes, int width) =>
        width == 4 ? BinaryPrimitives.ReadUInt32LittleEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
