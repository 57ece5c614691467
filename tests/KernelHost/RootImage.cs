using System.Buffers.Binary;
using System.Text;
using Tierce.Abi;

namespace Tierce.KernelHost;

/// <summary>Makes boot bundles and program images for tests.</summary>
public static class RootImage
{
    public const ulong Entry = 0x400010;

    /// <summary>A bundle of files, laid out as the host tool does.</summary>
    public static byte[] Bundle(params (string Name, byte[] Contents)[] files)
    {
        int offset = 4096;
        int size = offset;
        foreach ((_, byte[] contents) in files)
        {
            size += (contents.Length + 4095) & ~4095;
        }

        byte[] bundle = new byte[size];
        Put(bundle, 0, BundleHeader.ExpectedMagic);
        Put(bundle, 8, (ulong)files.Length);
        Put(bundle, 16, (ulong)size);
        for (int i = 0; i < files.Length; i++)
        {
            int entry = 32 + (64 * i);
            Encoding.ASCII.GetBytes(files[i].Name).CopyTo(bundle, entry);
            Put(bundle, entry + 48, (ulong)offset);
            Put(bundle, entry + 56, (ulong)files[i].Contents.Length);
            files[i].Contents.CopyTo(bundle, offset);
            offset += (files[i].Contents.Length + 4095) & ~4095;
        }

        return bundle;
    }

    /// <summary>An executable with one segment for code (one page) and one for data (half a page in the file, three in memory).</summary>
    public static byte[] Elf() => Elf(Kernel.Arch.Machine.AbiIdentity);

    /// <summary>The same, of a build with that identity.</summary>
    public static byte[] Elf(ulong identity)
    {
        byte[] file = new byte[4096 + 4096 + 2048];
        new byte[] { 0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(file, 0);
        PutHalf(file, 16, 2);
        PutHalf(file, 18, 62);
        Put(file, 24, Entry);
        Put(file, 32, 64);
        PutHalf(file, 54, 56);
        PutHalf(file, 56, 3);
        Segment(file, 64, 5, 4096, 0x400000, 4096, 4096);
        Segment(file, 120, 6, 8192, 0x402000, 2048, 3 * 4096);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(176), 4);
        Put(file, 176 + 8, 256);
        Put(file, 176 + 32, 28);
        new byte[] { 7, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, (byte)'T', (byte)'i', (byte)'e', (byte)'r', (byte)'c', (byte)'e' }.CopyTo(file, 256);
        Put(file, 256 + 20, identity);
        for (int i = 4096; i < file.Length; i++)
        {
            file[i] = (byte)(i >> 8);
        }

        return file;
    }

    public static void Put(byte[] file, int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(file.AsSpan(at), value);

    public static void PutHalf(byte[] file, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(at), value);

    private static void Segment(byte[] file, int at, uint flags, ulong offset, ulong address, ulong fileSize, ulong memorySize)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at), 1);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(at + 4), flags);
        Put(file, at + 8, offset);
        Put(file, at + 16, address);
        Put(file, at + 32, fileSize);
        Put(file, at + 40, memorySize);
    }
}
