using System.Buffers.Binary;
using System.Globalization;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The page-table functions that patch-more changes are recognised whole, and what is written calls the ROM.</summary>
public sealed class TableFunctionsTests
{
    private const int SetEntry = 0x400;
    private const int Walk = 0x1000;
    private const ulong Address = 0xffff_ffff_8100_0000;

    [Fact]
    public void BothAreFoundWithWhatTheyReferTo()
    {
        byte[] text = Text();
        Assert.True(TableFunctions.Find(text, out TableFunctions functions));
        Assert.Equal((SetEntry, Walk), (functions.SetEntry, functions.Walk));
        var change = new byte[TableFunctions.ChangeSize];
        functions.Change(change, 0xffff_8080_0000_1234, Address);

        // Call through the pointer that follows the call.
        Assert.Equal([0xff, 0x15, 0, 0, 0, 0], change[..6]);
        Assert.Equal(0xffff_8080_0000_1234, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(6)));
        Assert.Equal(Address + 0x9_0000, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(14)));
        Assert.Equal(Address + 0x9_0010, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(22)));
    }

    [Fact]
    public void WhatChangesHoldsNothingThatLinuxRewrites()
    {
        // Calls, jumps and operands elsewhere are the pattern's holes: the first comes behind the changed bytes, but for the call of __fentry__.
        Assert.True(TableFunctions.SetEntryCode.IndexOf((byte)'?') / 2 >= TableFunctions.ChangeSize);
        int second = TableFunctions.WalkCode.Slice(2 * TableFunctions.WalkAt).IndexOf((byte)'?') / 2;
        Assert.True(second >= TableFunctions.ChangeSize);
        Assert.Equal("e8????????", System.Text.Encoding.ASCII.GetString(TableFunctions.WalkCode.Slice(0, 2 * TableFunctions.WalkAt)));
    }

    [Theory]
    [InlineData(SetEntry + 0x20 + 5)]
    [InlineData(SetEntry + 300)]
    [InlineData(Walk + 6)]
    [InlineData(Walk + 890)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text();
        text[at] ^= 1;
        Assert.False(TableFunctions.Find(text, out _));
    }

    [Theory]
    [InlineData(SetEntry)]
    [InlineData(Walk)]
    public void TwoOfOneAreRefused(int at)
    {
        byte[] text = Text();
        text.AsSpan(at, 0x400).CopyTo(text.AsSpan(0x3000));
        Assert.False(TableFunctions.Find(text, out _));
    }

    private static byte[] Text()
    {
        var text = new byte[0x6000];
        Put(text, SetEntry, TableFunctions.SetEntryCode);
        Put(text, Walk, TableFunctions.WalkCode);
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(SetEntry + 0x67), 0x9_0000 - (SetEntry + 0x6b));
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(Walk + 0x134), 0x9_0010 - (Walk + 0x138));
        return text;
    }

    private static void Put(byte[] text, int at, ReadOnlySpan<byte> pattern)
    {
        for (int i = 0; i < BytePattern.Length(pattern); i++)
        {
            string digits = string.Create(CultureInfo.InvariantCulture, $"{(char)pattern[2 * i]}{(char)pattern[(2 * i) + 1]}");
            text[at + i] = digits == "??" ? (byte)0x5a : byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }
}
