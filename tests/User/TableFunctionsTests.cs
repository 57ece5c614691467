using System.Buffers.Binary;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The function that writes an entry, which patch-more changes, is recognised whole, and what is written calls the ROM.</summary>
public sealed class TableFunctionsTests
{
    private const int SetEntry = 0x400;
    private const ulong Address = 0xffff_ffff_8100_0000;

    [Fact]
    public void ItIsFoundWithWhatItRefersTo()
    {
        byte[] text = Text();
        Assert.True(TableFunctions.Find(text, out TableFunctions functions));
        Assert.Equal(SetEntry, functions.SetEntry);
        var change = new byte[TableFunctions.ChangeSize];
        functions.Change(change, 0xffff_8080_0000_1234, 0x9_0010, Address);

        // Call through the pointer that follows the call.
        Assert.Equal([0xff, 0x15, 0, 0, 0, 0], change[..6]);
        Assert.Equal(0xffff_8080_0000_1234, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(TableFunctions.VariablesAt)));
        Assert.Equal(Address + 0x9_0000, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(14)));
        Assert.Equal(Address + 0x9_0010, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(22)));
    }

    [Fact]
    public void WhatChangesHoldsNothingThatLinuxRewrites()
    {
        // Calls, jumps and operands elsewhere are the pattern's holes.
        string code = CodeText.Digits(TableFunctions.SetEntryCode);
        Assert.DoesNotContain('?', code[..(2 * TableFunctions.ChangeSize)]);
        TableFunctions functions = new() { SetEntry = 0 };
        int end = TableFunctions.ChangeSize;
        for (int i = 0; i < TableFunctions.Pointers; i++)
        {
            int at = functions.Pointer(i);
            Assert.True(at >= end);
            end = at + sizeof(ulong);
            Assert.DoesNotContain('?', code.Substring(2 * at, 2 * sizeof(ulong)));
        }
    }

    [Theory]
    [InlineData(SetEntry + 0x20 + 5)]
    [InlineData(SetEntry + 300)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text();
        text[at] ^= 1;
        Assert.False(TableFunctions.Find(text, out _));
    }

    [Fact]
    public void TwoAreRefused()
    {
        byte[] text = Text();
        text.AsSpan(SetEntry, 0x400).CopyTo(text.AsSpan(0x3000));
        Assert.False(TableFunctions.Find(text, out _));
    }

    private static byte[] Text()
    {
        var text = new byte[0x6000];
        CodeText.Put(text, SetEntry, TableFunctions.SetEntryCode);
        CodeText.Refer(text, SetEntry + 0x67, 0x9_0000);
        return text;
    }
}
