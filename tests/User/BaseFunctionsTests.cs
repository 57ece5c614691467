using System.Buffers.Binary;
using System.Globalization;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The two functions that read and set the GS base of guest user are recognised, and what is written jumps into the ROM.</summary>
public sealed class BaseFunctionsTests
{
    private const ulong Read = 0xffff_8080_0000_1110, Write = 0xffff_8080_0000_2220;

    [Theory]
    [InlineData(0x40)]
    [InlineData(0xf_ffc0)]
    [InlineData(0x50_1230)]
    public void TheyAreFoundAnywhere(int at)
    {
        Assert.Equal(at, BaseFunctions.Find(Text(at)));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(0x1e)]
    [InlineData(0x3b)]
    [InlineData(0x36)]
    [InlineData(0x5f)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text(0x40);
        text[0x40 + at] ^= 1;
        Assert.Equal(-1, BaseFunctions.Find(text));
    }

    /// <summary>Executed from where Linux comes: from after the jump at the start of each, which it rewrites.</summary>
    [Theory]
    [InlineData(0x08, Write)]
    [InlineData(0x35, Read)]
    public void BothJumpIntoTheRom(int at, ulong entry)
    {
        byte[] code = Text(0)[..BaseFunctions.Size];
        BaseFunctions.Change(code, Read, Write);
        at = code[at] == 0xeb ? at + 2 + (sbyte)code[at + 1] : at;
        Assert.Equal([0xff, 0x25], code[at..(at + 2)]);
        int pointer = at + 6 + BinaryPrimitives.ReadInt32LittleEndian(code.AsSpan(at + 2));
        Assert.Equal(entry, BinaryPrimitives.ReadUInt64LittleEndian(code.AsSpan(pointer)));
    }

    /// <summary>Linux rewrites jumps (its choice between Xen and the bare machine, returns) and calls of pv_ops.</summary>
    [Fact]
    public void WhatLinuxRewritesStays()
    {
        byte[] before = Text(0), code = Text(0)[..BaseFunctions.Size];
        BaseFunctions.Change(code, Read, Write);
        foreach ((int start, int length) in new[] { (0x00, 8), (0x13, 11), (0x29, 12), (0x3a, 11), (0x50, 5) })
        {
            Assert.Equal(before[start..(start + length)], code[start..(start + length)]);
        }
    }

    private static byte[] Text(int at)
    {
        var text = new byte[at + 0x1000];
        ReadOnlySpan<byte> pattern = BaseFunctions.Code;
        for (int i = 0; i < BaseFunctions.Size; i++)
        {
            string digits = string.Create(CultureInfo.InvariantCulture, $"{(char)pattern[2 * i]}{(char)pattern[(2 * i) + 1]}");
            text[at + i] = digits == "??" ? (byte)0x5a : byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return text;
    }
}
