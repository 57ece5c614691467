using System.Buffers.Binary;
using System.Text;

namespace Tierce.Unit;

/// <summary>What boot loader and firmware tell: taken when it is right, refused when it is not, never read outside its bounds.</summary>
public sealed unsafe class LoaderTests
{
    private const ulong Address = 0x9000;
    private const ulong Rsdp = 0x2000, Xsdt = 0x3000, Rsdt = 0x4000, Madt = 0x5000, Other = 0x6000;
    private const ulong Otherwise = 77;

    [Fact]
    public void Tags_become_what_a_PVH_loader_tells()
    {
        byte[] information = Information(
            Tag(1, [.. "serial-log\0"u8]),
            Tag(3, [.. Words(0x50_0000, 0x50_1234), .. "bundle\0"u8]),
            Tag(3, [.. Words(0x60_0000, 0x60_0001), 0]),
            Tag(6, [.. Words(24, 0), .. Entry(0, 0x9_f000, 1), .. Entry(0x10_0000, 0x700_0000, 1), .. Entry(0xfffc_0000, 0x4_0000, 2)]),
            Tag(14, [.. "RSD PTR old"u8]),
            Tag(15, [.. "RSD PTR new"u8]),
            Tag(99, [1, 2, 3]));
        StartInfo start = default;
        StartModule module = default;
        Assert.True(Multiboot2.TryRead(information, Address, ref start, ref module));
        Assert.Equal((2U, 0x50_0000UL, 0x1234UL), (start.ModuleCount, module.Address, module.Size));
        Assert.StartsWith("serial-log\0", Text(information, start.CommandLine), StringComparison.Ordinal);
        Assert.StartsWith("RSD PTR new", Text(information, start.Rsdp), StringComparison.Ordinal);
        Assert.Equal(3U, start.MemoryMapEntries);
        Assert.Equal(0x700_0000UL, BinaryPrimitives.ReadUInt64LittleEndian(information.AsSpan((int)(start.MemoryMap - Address) + 24 + 8)));
    }

    [Fact]
    public void Malformed_tags_are_refused()
    {
        StartInfo start = default;
        StartModule module = default;
        bool Reads(params byte[][] tags) => Multiboot2.TryRead(Information(tags), Address, ref start, ref module);
        Assert.True(Reads());
        Assert.False(Reads(Tag(1, [.. "no end"u8])));
        Assert.False(Reads(Tag(3, [1, 2, 3, 4])));
        Assert.False(Reads(Tag(6, [])));
        Assert.False(Reads(Tag(6, [.. Words(16, 0)])));
        start = default;
        Assert.False(Reads(Tag(3, [.. Words(0x60_0000, 0x50_0000)])));
        Assert.False(Multiboot2.TryRead([8, 0, 0, 0, 0, 0, 0, 0], Address, ref start, ref module));
        byte[] small = Information(Tag(7, []));
        small[12] = 7;
        Assert.False(Multiboot2.TryRead(small, Address, ref start, ref module));
        small[12] = 255;
        Assert.False(Multiboot2.TryRead(small, Address, ref start, ref module));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_damage_leads_outside_the_information(int seed)
    {
        Random random = new(seed);
        byte[] good = Information(
            Tag(1, [.. "debugcon\0"u8]),
            Tag(3, [.. Words(0x50_0000, 0x50_1234), 0]),
            Tag(6, [.. Words(24, 0), .. Entry(0, 0x9_f000, 1), .. Entry(0x10_0000, 0x700_0000, 1)]),
            Tag(15, [.. "RSD PTR new"u8]));
        for (int round = 0; round < 50_000; round++)
        {
            byte[] bytes = good.AsSpan(0, random.Next(4) == 0 ? random.Next(good.Length) : good.Length).ToArray();
            for (int i = random.Next(4); i > 0 && bytes.Length > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? random.Next(40) : random.Next(256));
            }

            StartInfo start = default;
            StartModule module = default;
            if (Multiboot2.TryRead(bytes, Address, ref start, ref module))
            {
                ulong end = Address + (ulong)bytes.Length;
                Assert.True(start.MemoryMap + (start.MemoryMapEntries * 24UL) <= end && start.CommandLine < end && start.Rsdp < end, "seed " + seed);
                Assert.True(start.CommandLine == 0 || Text(bytes, start.CommandLine).Contains('\0', StringComparison.Ordinal), "seed " + seed);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Io_apic_is_where_the_tables_say(int revision)
    {
        // One that begins at interrupt 24 comes first, and a table of another kind before the right one.
        WriteTables(revision, [1, 12, 0, 0, .. Words(0xfec1_0000, 24), 0, 8, 0, 0, 0, 0, 0, 0, 1, 12, 0, 0, .. Words(0xfec8_0000, 0)]);
        Assert.Equal(0xfec8_0000UL, Acpi.FindIoApic(Rsdp, Machine.MemorySize, Otherwise));
        Machine.ToVirtual(Madt)[50] ^= 1;
        Assert.Equal(Otherwise, Acpi.FindIoApic(Rsdp, Machine.MemorySize, Otherwise));
    }

    [Fact]
    public void Without_usable_tables_the_usual_address_stays()
    {
        Assert.Equal(Otherwise, Acpi.FindIoApic(0, Machine.MemorySize, Otherwise));
        Assert.Equal(Otherwise, Acpi.FindIoApic(Machine.MemorySize - 8, Machine.MemorySize, Otherwise));
        WriteTables(2, [1, 0]);
        Assert.Equal(Otherwise, Acpi.FindIoApic(Rsdp, Machine.MemorySize, Otherwise));
        Machine.ToVirtual(Rsdp)[0] = (byte)'X';
        Assert.Equal(Otherwise, Acpi.FindIoApic(Rsdp, Machine.MemorySize, Otherwise));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void Power_timer_is_where_the_tables_say(int revision)
    {
        WriteTables(revision, [1, 0]);
        Assert.Equal(0, Acpi.FindPowerTimer(Rsdp, Machine.MemorySize));
        byte[] fadt = Header("FACP", new byte[220 - 36]);
        BitConverter.GetBytes(0x608).CopyTo(fadt, 76);
        fadt[91] = 4;
        BitConverter.GetBytes(0x1808UL).CopyTo(fadt, 212);
        fadt[208] = 1;
        Assert.Equal(0x608, PowerTimer(fadt));

        // The long address counts where the short one is not there, and only if it is a port.
        fadt[91] = 0;
        Assert.Equal(0x1808, PowerTimer(fadt));
        fadt[208] = 0;
        Assert.Equal(0, PowerTimer(fadt));
        fadt[208] = 1;
        fadt[215] = 1;
        Assert.Equal(0, PowerTimer(fadt));
        Assert.Equal(0, PowerTimer(fadt[..219]));
    }

    private static int PowerTimer(byte[] fadt)
    {
        BitConverter.GetBytes(fadt.Length).CopyTo(fadt, 4);
        Put(Other, fadt);
        Sum(Other);
        return Acpi.FindPowerTimer(Rsdp, Machine.MemorySize);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_damage_to_tables_leads_out_of_memory(int seed)
    {
        // The machine of these tests throws at an address outside its memory.
        Random random = new(seed);
        for (int round = 0; round < 1_000; round++)
        {
            WriteTables(2, [1, 12, 0, 0, .. Words(0xfec8_0000, 0)]);
            for (int i = 0; i < 3; i++)
            {
                ulong[] tables = [Rsdp + 16, Xsdt, Madt];
                ulong table = tables[random.Next(3)];
                Machine.ToVirtual(table)[random.Next(40)] = (byte)random.Next(256);
                Sum(Xsdt);
                Sum(Madt);
            }

            Acpi.FindIoApic(Rsdp, Machine.MemorySize, Otherwise);
            Acpi.FindPowerTimer(Rsdp, Machine.MemorySize);
        }
    }

    private static void WriteTables(int revision, byte[] entries)
    {
        Put(Rsdp, [.. "RSD PTR "u8, 0, 0, 0, 0, 0, 0, 0, (byte)revision, .. Words((uint)Rsdt, 36), .. Words((uint)Xsdt, 0), 0, 0, 0, 0]);
        Put(Xsdt, Header("XSDT", [.. Words((uint)Other, 0), .. Words((uint)Madt, 0)]));
        Put(Rsdt, Header("RSDT", [.. Words((uint)Other, (uint)Madt)]));
        Put(Other, Header("FACP", [1, 2, 3]));
        Put(Madt, Header("APIC", [.. Words(0xfee0_0000, 1), .. entries]));
        foreach (ulong table in new[] { Xsdt, Rsdt, Other, Madt })
        {
            Sum(table);
        }
    }

    /// <summary>Makes a table's sum zero, over as many bytes as it claims to have.</summary>
    private static void Sum(ulong table)
    {
        byte* bytes = Machine.ToVirtual(table);
        bytes[9] = 0;
        uint size = Math.Min(*(uint*)(bytes + 4), 1 << 20);
        byte sum = 0;
        for (uint i = 0; i < size; i++)
        {
            sum += bytes[i];
        }

        bytes[9] = (byte)-sum;
    }

    private static void Put(ulong address, byte[] bytes) => bytes.CopyTo(new Span<byte>(Machine.ToVirtual(address), bytes.Length));

    private static byte[] Header(string signature, byte[] contents) =>
        [.. Encoding.ASCII.GetBytes(signature), .. Words((uint)(36 + contents.Length), 0), .. new byte[24], .. contents];

    private static byte[] Information(params byte[][] tags)
    {
        byte[] all = [0, 0, 0, 0, 0, 0, 0, 0, .. tags.SelectMany(tag => tag.Concat(new byte[-tag.Length & 7])), .. Words(0, 8)];
        BinaryPrimitives.WriteInt32LittleEndian(all, all.Length);
        return all;
    }

    private static byte[] Tag(uint type, byte[] contents) => [.. Words(type, (uint)(8 + contents.Length)), .. contents];

    private static byte[] Entry(ulong address, ulong size, uint type) =>
        [.. BitConverter.GetBytes(address), .. BitConverter.GetBytes(size), .. Words(type, 0)];

    private static byte[] Words(uint first, uint second) => [.. BitConverter.GetBytes(first), .. BitConverter.GetBytes(second)];

    private static string Text(byte[] information, ulong address) => Encoding.Latin1.GetString(information.AsSpan((int)(address - Address)));
}
