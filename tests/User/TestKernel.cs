using System.Buffers.Binary;
using System.Text;
using Tierce.Monitor;
using Tierce.Runtime;

namespace Tierce.User;

/// <summary>Makes small ELF files that look like a PV kernel, right or wrong as a test wants.</summary>
internal sealed class TestKernel
{
    public const ulong VirtualBase = 0xffff_ffff_8000_0000;
    public const ulong LoadAddress = 0x100_0000;
    private readonly List<byte> _noteBytes = [];

    public byte[] Code { get; set; } = new byte[0x3000];

    /// <summary>The notes of a Debian kernel.</summary>
    public static TestKernel Debian(ulong? initialP2M = 0x80_0000_0000, bool moduleByFrame = true)
    {
        TestKernel kernel = new();
        kernel.Note(6, "linux\0"u8).Note(5, "xen-3.0\0"u8).Number(3, VirtualBase).Number(1, VirtualBase + LoadAddress + 0x1c0)
            .Note(10, "!writable_page_tables|pae_pgdir_above_4gb"u8).Note(8, "generic\0"u8).Number(12, 0xffff_8000_0000_0000);
        if (initialP2M is { } address)
        {
            kernel.Number(15, address);
        }

        if (moduleByFrame)
        {
            kernel.Note(16, [1, 0, 0, 0]);
        }

        return kernel;
    }

    public TestKernel Number(uint type, ulong value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        return Note(type, bytes);
    }

    public TestKernel Note(uint type, ReadOnlySpan<byte> value, string owner = "Xen\0")
    {
        byte[] name = Encoding.ASCII.GetBytes(owner);
        byte[] note = new byte[12 + Round(name.Length) + Round(value.Length)];
        BinaryPrimitives.WriteInt32LittleEndian(note, name.Length);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), value.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(note.AsSpan(8), type);
        name.CopyTo(note, 12);
        value.CopyTo(note.AsSpan(12 + Round(name.Length)));
        _noteBytes.AddRange(note);
        return this;
    }

    /// <summary>Bytes in the place of notes.</summary>
    public TestKernel Raw(ReadOnlySpan<byte> bytes)
    {
        _noteBytes.AddRange(bytes);
        return this;
    }

    /// <summary>Header, three program headers (code, data at virtual address 0, notes), then their bytes.</summary>
    public byte[] ToFile()
    {
        const int Headers = 64 + (3 * 56);
        byte[] file = new byte[Headers + Code.Length + 16 + _noteBytes.Count];
        byte[] magic = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        magic.CopyTo(file, 0);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(16), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(18), 62);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(24), LoadAddress);
        BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(32), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(54), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(56), 3);
        ulong end = LoadAddress + (ulong)Code.Length;
        Header(file, 0, 1, Headers, VirtualBase + LoadAddress, LoadAddress, Code.Length, Code.Length);
        Header(file, 1, 1, Headers + Code.Length, 0, end, 16, 0x2000);
        Header(file, 2, 4, Headers + Code.Length + 16, 0, 0, _noteBytes.Count, _noteBytes.Count);
        Code.CopyTo(file, Headers);
        file.AsSpan(Headers + Code.Length, 16).Fill(0xcd);
        _noteBytes.CopyTo(file, Headers + Code.Length + 16);
        return file;
    }

    /// <summary>The same file without its note segment: notes, or a text, in a section of that type and name, at the end with the section headers.</summary>
    public byte[] ToSectionFile(uint type, string name, string? text = null)
    {
        const int HeaderSize = 64;
        byte[] content = text == null ? [.. _noteBytes] : Encoding.ASCII.GetBytes(text);
        _noteBytes.Clear();
        byte[] loaded = ToFile();
        byte[] names = Encoding.ASCII.GetBytes("\0" + name + "\0");
        byte[] file = new byte[loaded.Length + content.Length + names.Length + (3 * HeaderSize)];
        loaded.CopyTo(file, 0);
        content.CopyTo(file, loaded.Length);
        names.CopyTo(file, loaded.Length + content.Length);
        int table = file.Length - (3 * HeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(40), table);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(58), HeaderSize);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(60), 3);
        BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(62), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(64 + (2 * 56)), 0);
        Section(file.AsSpan(table + HeaderSize), 1, type, loaded.Length, content.Length);
        Section(file.AsSpan(table + (2 * HeaderSize)), 0, 3, loaded.Length + content.Length, names.Length);
        return file;
    }

    public static GuestLayout Plan(byte[] file, ulong ramFrames, ulong ramDiskBytes, out BuildError error)
    {
        error = BuildMessage.From(ElfImage.Open(file, out ElfImage image));
        KernelNotes notes = default;
        error = error != BuildError.None ? error : KernelNotes.Read(image, out notes);
        GuestLayout layout = default;
        ulong all = ((ramFrames + (ramFrames / 256) + 2048 + 511) / 512) * 512;
        error = error != BuildError.None ? error : GuestLayout.Plan(image, notes, default, ramFrames, all, ramDiskBytes, out layout);
        return layout;
    }

    private static void Section(Span<byte> header, uint name, uint type, int offset, int size)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, name);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], type);
        BinaryPrimitives.WriteInt64LittleEndian(header[24..], offset);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], size);
    }

    private static int Round(int size) => (size + 3) & ~3;

    private static void Header(byte[] file, int index, uint type, int offset, ulong address, ulong physical, int bytes, int memory)
    {
        Span<byte> header = file.AsSpan(64 + (index * 56), 56);
        BinaryPrimitives.WriteUInt32LittleEndian(header, type);
        BinaryPrimitives.WriteUInt32LittleEndian(header[4..], 7);
        BinaryPrimitives.WriteInt64LittleEndian(header[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(header[16..], address);
        BinaryPrimitives.WriteUInt64LittleEndian(header[24..], physical);
        BinaryPrimitives.WriteInt64LittleEndian(header[32..], bytes);
        BinaryPrimitives.WriteInt64LittleEndian(header[40..], memory);
    }
}
