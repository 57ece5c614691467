using System.Buffers.Binary;
using System.Text;
using Tierce.Monitor;
using Tierce.Runtime;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The calls of helpers that Linux is let replace are those it has the move of a register at hand for, all known, or none.</summary>
public sealed class IdentityCallsTests
{
    private const int Calls = 25;
    private const int Table = 0x2000;
    private const int Pointers = 0x1000;
    private const int Moves = 0x1800;
    private const int EntrySize = 12;
    private const int FeatureAt = 8;
    private const ushort OnXen = 0x110;
    private const ushort NotOnXen = 0x8110;

    /// <summary>Entries after the calls: one for another feature, one for another replacement; both stay.</summary>
    private const int Others = 2;

    [Fact]
    public void CallsBecomeMovesOnXen()
    {
        byte[] code = Code();
        byte[] expected = [.. code];
        for (int i = 0; i < Calls; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(expected.AsSpan(Entry(i) + FeatureAt), OnXen);
        }

        AssertChange(Calls, expected, code, File(code, TableSize));
    }

    /// <summary>Linux 6.3 and later: entries are longer by two bytes, and the condition's bit has a field of its own.</summary>
    [Fact]
    public void LaterFormatOfTheTableIsKnownToo()
    {
        const int Size = EntrySize + 2;
        byte[] code = Code();
        code.AsSpan(Table).Clear();
        byte[] expected = [.. code];
        for (int i = 0; i < Calls; i++)
        {
            int at = Table + (i * Size);
            Span<byte> entry = code.AsSpan(at, Size);
            BinaryPrimitives.WriteInt32LittleEndian(entry, Call(i) - at);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], Moves - (at + 4));
            BinaryPrimitives.WriteUInt16LittleEndian(entry[FeatureAt..], OnXen);
            entry[12] = 6;
            entry[13] = 3;
            entry.CopyTo(expected.AsSpan(at));
            entry[10] = 1;
        }

        AssertChange(Calls, expected, code, File(code, Calls * Size));
    }

    [Fact]
    public void NineOrElevenPointersAreRefused()
    {
        byte[] nine = Code();
        byte[] eleven = Code();
        for (int i = 0; i < Calls; i++)
        {
            PutCall(nine, i, i % 9);
        }

        PutCall(eleven, 3, 10);
        AssertRefused(nine);
        AssertRefused(eleven);
    }

    [Fact]
    public void PointerToAnotherFunctionIsRefused()
    {
        byte[] code = Code();
        code[Pointers + (4 * sizeof(ulong))] ^= 1;
        AssertRefused(code);
    }

    [Fact]
    public void WhatIsNoCallThroughAPointerIsRefused()
    {
        // The first byte, the second, and a pointer outside the kernel.
        foreach (int at in new[] { Call(7), Call(7) + 1, Call(7) + 5 })
        {
            byte[] code = Code();
            code[at] ^= 0x40;
            AssertRefused(code);
        }

        byte[] shorter = Code();
        shorter[Entry(7) + 10] = 5;
        AssertRefused(shorter);
    }

    [Fact]
    public void TableThatIsNotWholeIsRefused()
    {
        byte[] code = Code();
        AssertChange(0, code, code, File(code, TableSize - 1));
        AssertChange(0, code, code, File(code, 0x2000 - (0x2000 % EntrySize)));
        AssertChange(0, code, code, File(code, ulong.MaxValue - 15));
        AssertChange(0, code, code, File(code, TableSize, "other"));
    }

    [Fact]
    public void SectionHeadersThatLieAreRefused()
    {
        byte[] code = Code();
        foreach ((int at, ulong value) in new[] { (40, ulong.MaxValue), (40, 0xffff_fff0UL), (60, 0xffffUL), (62, 9UL) })
        {
            byte[] file = File(code, TableSize);
            Span<byte> field = file.AsSpan(at);
            if (at == 40)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(field, value);
            }
            else
            {
                BinaryPrimitives.WriteUInt16LittleEndian(field, (ushort)value);
            }

            AssertChange(0, code, code, file);
        }
    }

    private static ulong TableSize => (Calls + Others) * EntrySize;

    private static int Entry(int index) => Table + (index * EntrySize);

    private static int Call(int index) => 0x100 + (index * 16);

    private static void AssertRefused(byte[] code) => AssertChange(0, code, code, File(code, TableSize));

    private static void AssertChange(int count, byte[] expected, byte[] code, byte[] file)
    {
        Assert.Equal(ElfError.None, ElfImage.Open(file, out ElfImage kernel));
        Frames frames = new([.. code]);
        Assert.Equal(count, IdentityCalls.Change(ref frames, kernel, TestKernel.LoadAddress));
        Assert.Equal(expected, frames.Bytes);
    }

    private static byte[] Code()
    {
        var code = new byte[0x3000];
        Convert.FromHexString("4889f8").CopyTo(code, Moves);
        Convert.FromHexString("0f20d8").CopyTo(code, Moves + 3);
        for (int i = 0; i < 11; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(code.AsSpan(Pointers + (i * sizeof(ulong))), TestKernel.VirtualBase + TestKernel.LoadAddress + 0x40);
        }

        for (int i = 0; i < Calls + Others; i++)
        {
            PutCall(code, i, i % LinuxFunctions.Translations);
            PutEntry(code, i, i == Calls ? OnXen : NotOnXen, i == Calls + 1 ? Moves + 3 : Moves);
        }

        return code;
    }

    private static void PutCall(byte[] code, int index, int pointer)
    {
        code[Call(index)] = 0xff;
        code[Call(index) + 1] = 0x15;
        BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(Call(index) + 2), Pointers + (pointer * sizeof(ulong)) - (Call(index) + 6));
    }

    private static void PutEntry(byte[] code, int index, ushort feature, int replacement)
    {
        Span<byte> entry = code.AsSpan(Entry(index), EntrySize);
        BinaryPrimitives.WriteInt32LittleEndian(entry, Call(index) - Entry(index));
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], replacement - (Entry(index) + 4));
        BinaryPrimitives.WriteUInt16LittleEndian(entry[FeatureAt..], feature);
        entry[10] = 6;
        entry[11] = 3;
    }

    /// <summary>A kernel with one section in addition to that of the names.</summary>
    private static byte[] File(byte[] code, ulong size, string section = ".altinstructions")
    {
        byte[] file = new TestKernel { Code = code }.ToFile();
        byte[] names = Encoding.ASCII.GetBytes($"\0{section}\0.shstrtab\0");
        int table = (file.Length + names.Length + 7) & ~7;
        var whole = new byte[table + (2 * 64)];
        file.CopyTo(whole, 0);
        names.CopyTo(whole, file.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(40), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(whole.AsSpan(58), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(whole.AsSpan(60), 2);
        BinaryPrimitives.WriteUInt16LittleEndian(whole.AsSpan(62), 1);
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(table), 1);
        BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(table + 16), TestKernel.VirtualBase + TestKernel.LoadAddress + Table);
        BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(table + 32), size);
        BinaryPrimitives.WriteInt32LittleEndian(whole.AsSpan(table + 64), section.Length + 2);
        BinaryPrimitives.WriteUInt64LittleEndian(whole.AsSpan(table + 64 + 24), (ulong)file.Length);
        return whole;
    }

    private readonly struct Frames(byte[] bytes) : IGuestFrames
    {
        public byte[] Bytes => bytes;

        public Span<byte> Frame(ulong frame) => bytes.AsSpan(checked((int)frame * 4096), 4096);
    }
}
