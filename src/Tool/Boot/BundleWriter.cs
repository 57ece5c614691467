using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Tierce.Abi;

namespace Tierce.Tool.Boot;

/// <summary>Writes the boot bundle, whose format src/Abi/BootBundle.cs defines.</summary>
internal static class BundleWriter
{
    private const int PageSize = 4096;
    private const int MiB = 1 << 20;
    private const int SizeOfEntry = BundleEntry.NameSize + 16;

    /// <summary>Writes the named files as one bundle.</summary>
    public static void Write(Stream output, IReadOnlyList<(string Name, byte[] Contents)> files)
    {
        int headerSize = Unsafe.SizeOf<BundleHeader>();
        byte[] table = new byte[RoundUp(headerSize + (files.Count * SizeOfEntry))];
        long offset = table.Length;
        for (int i = 0; i < files.Count; i++)
        {
            Span<byte> entry = table.AsSpan(headerSize + (i * SizeOfEntry), SizeOfEntry);
            byte[] name = Encoding.ASCII.GetBytes(files[i].Name);
            if (name.Length >= BundleEntry.NameSize)
            {
                throw new ToolException($"name of a bundled file is too long: {files[i].Name}");
            }

            name.CopyTo(entry);
            BinaryPrimitives.WriteInt64LittleEndian(entry[BundleEntry.NameSize..], offset);
            BinaryPrimitives.WriteInt64LittleEndian(entry[(BundleEntry.NameSize + 8)..], files[i].Contents.Length);
            offset += RoundUp(files[i].Contents.Length);
        }

        if (offset > int.MaxValue)
        {
            throw new ToolException($"the guests' kernels and initramfs take {(offset + MiB - 1) / MiB} MiB; the boot bundle that holds them has at most {int.MaxValue / MiB} MiB");
        }

        BinaryPrimitives.WriteUInt64LittleEndian(table, BundleHeader.ExpectedMagic);
        BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(8), files.Count);
        BinaryPrimitives.WriteInt64LittleEndian(table.AsSpan(16), offset);
        output.Write(table);
        foreach ((_, byte[] contents) in files)
        {
            output.Write(contents);
            output.Write(new byte[RoundUp(contents.Length) - contents.Length]);
        }
    }

    private static int RoundUp(int size) => (size + PageSize - 1) & ~(PageSize - 1);
}
