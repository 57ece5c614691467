using System.Buffers.Binary;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Loading;

/// <summary>
/// Finds the I/O APIC and the power management timer in the firmware's ACPI tables. Checks every length and address in them.
/// </summary>
/// <remarks>ACPI specification 6.5, sections 5.2.5 (RSDP), 5.2.6 (table header), 5.2.9 (FADT), 5.2.12 (MADT).</remarks>
internal static unsafe class Acpi
{
    private const int RsdpSize = 36, OldRsdpSize = 20, HeaderSize = 36, MadtEntries = 44;
    private const uint MadtSignature = 0x4349_5041; // "APIC"
    private const uint FadtSignature = 0x5043_4146; // "FACP"
    private const int FadtTimer = 76, FadtTimerLength = 91, FadtLongTimer = 208, AddressSize = 12;
    private const byte IoSpace = 1;
    private const byte IoApicEntry = 1;
    private const int IoApicEntrySize = 12;
    private const uint MostBytes = 1 << 20;

    /// <summary>Physical address of the I/O APIC that has the first interrupts.</summary>
    /// <param name="rsdp">Physical address of the root pointer; 0 if the loader gave none.</param>
    /// <param name="limit">Physical memory below this can be read.</param>
    /// <param name="otherwise">The answer if the tables name none.</param>
    public static ulong FindIoApic(ulong rsdp, ulong limit, ulong otherwise)
    {
        ReadOnlySpan<byte> madt = Find(MadtSignature, rsdp, limit);
        return madt.IsEmpty ? otherwise : InMadt(madt, otherwise);
    }

    /// <summary>Port of the power management timer; 0 if the tables name none that is a port.</summary>
    /// <param name="rsdp">Physical address of the root pointer; 0 if the loader gave none.</param>
    /// <param name="limit">Physical memory below this can be read.</param>
    public static ushort FindPowerTimer(ulong rsdp, ulong limit)
    {
        ReadOnlySpan<byte> fadt = Find(FadtSignature, rsdp, limit);
        ulong port = fadt.Length >= FadtTimerLength + 1 && fadt[FadtTimerLength] == 4 ? Number(fadt.Slice(FadtTimer), 4) : 0;
        if (port == 0 && fadt.Length >= FadtLongTimer + AddressSize && fadt[FadtLongTimer] == IoSpace)
        {
            port = Number(fadt.Slice(FadtLongTimer + 4), 8);
        }

        return port <= ushort.MaxValue - 3 ? (ushort)port : (ushort)0;
    }

    private static ReadOnlySpan<byte> Find(uint signature, ulong rsdp, ulong limit)
    {
        ReadOnlySpan<byte> root = Bytes(rsdp, OldRsdpSize, limit);
        if (root.IsEmpty || !root.StartsWith("RSD PTR "u8))
        {
            return default;
        }

        // From revision 2 on there is a second list with long addresses.
        ReadOnlySpan<byte> newer = root[15] >= 2 ? Bytes(rsdp, RsdpSize, limit) : default;
        int width = newer.IsEmpty ? 4 : 8;
        ReadOnlySpan<byte> list = Table(newer.IsEmpty ? Number(root.Slice(16), 4) : Number(newer.Slice(24), 8), limit);
        for (int at = HeaderSize; at + width <= list.Length; at += width)
        {
            ReadOnlySpan<byte> table = Table(Number(list.Slice(at), width), limit);
            if (!table.IsEmpty && BinaryPrimitives.ReadUInt32LittleEndian(table) == signature)
            {
                return table;
            }
        }

        return default;
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

            // The I/O APIC whose first interrupt is number 0.
            if (madt[at] == IoApicEntry && size >= IoApicEntrySize && Number(madt.Slice(at + 8), 4) == 0)
            {
                ulong address = Number(madt.Slice(at + 4), 4);
                return address == 0 ? otherwise : address & ~0xfffUL;
            }

            at += size;
        }

        return otherwise;
    }

    /// <summary>A table by its address; empty if it does not lie in memory or its checksum is wrong.</summary>
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
