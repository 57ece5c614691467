using System.Buffers.Binary;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The functions that pin and unpin an address space are recognised with all they call, and what is written calls the ROM.</summary>
public sealed class PinFunctionsTests
{
    private const int Pin = 0x400;
    private const int Unpin = 0x800;
    private const int Walk = 0x1000;
    private const int PinPage = 0x1800;
    private const int UnpinPage = 0x2000;
    private const int Declare = 0x2800;
    private const int UserTable = 0x2c00;
    private const ulong Address = 0xffff_ffff_8100_0000;

    [Fact]
    public void BothAreFoundAndThenCallTheRom()
    {
        Assert.True(PinFunctions.Find(Text(), Address, out PinFunctions functions));
        Assert.Equal((Pin, Unpin, 0x9_0010), (functions.Pin, functions.Unpin, functions.PageArray));
        const int Pointer = 0x624;
        var change = new byte[PinFunctions.ChangeSize];
        PinFunctions.Change(change, Pin + PinFunctions.ChangeAt, Pointer, 0xffff_ffff_8100_0606);
        Assert.Equal([0xff, 0x15], change[..2]);
        Assert.Equal(Pointer, Pin + PinFunctions.ChangeAt + 6 + BinaryPrimitives.ReadInt32LittleEndian(change.AsSpan(2)));
        Assert.Equal(0xffff_ffff_8100_0606, BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(6)));
    }

    [Fact]
    public void WhatChangesHoldsNothingThatLinuxRewrites()
    {
        foreach (string code in new[] { CodeText.Digits(PinFunctions.PinCode), CodeText.Digits(PinFunctions.UnpinCode) })
        {
            Assert.Equal("e8????????", code[..(2 * PinFunctions.ChangeAt)]);
            Assert.DoesNotContain('?', code.Substring(2 * PinFunctions.ChangeAt, 2 * PinFunctions.ChangeSize));

            // The place of the tracepoint, a five-byte nop, comes behind it.
            Assert.True(code.IndexOf("0f1f440000", StringComparison.Ordinal) >= 2 * (PinFunctions.ChangeAt + PinFunctions.ChangeSize));
        }
    }

    [Theory]
    [InlineData(Pin + 6)]
    [InlineData(Unpin + 0x60)]
    [InlineData(Walk + 890)]
    [InlineData(PinPage + 9)]
    [InlineData(PinPage + 0x172)]
    [InlineData(UnpinPage + 9)]
    [InlineData(Declare + 0x30)]
    [InlineData(UserTable + 0x10)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text();
        text[at] ^= 1;
        Assert.False(PinFunctions.Find(text, Address, out _));
    }

    [Theory]
    [InlineData(Pin)]
    [InlineData(Unpin)]
    public void TwoOfOneAreRefused(int at)
    {
        byte[] text = Text();
        text.AsSpan(at, 0x400).CopyTo(text.AsSpan(0x3800));
        Assert.False(PinFunctions.Find(text, Address, out _));
    }

    [Fact]
    public void AnotherWalkIsRefused()
    {
        byte[] text = Text();
        text.AsSpan(Walk, 0x800).CopyTo(text.AsSpan(0x5000));
        CodeText.Refer(text, Unpin + 0xdd, 0x5000);
        Assert.False(PinFunctions.Find(text, Address, out _));
    }

    private static byte[] Text()
    {
        var text = new byte[0x6000];
        CodeText.Put(text, Pin, PinFunctions.PinCode);
        CodeText.Put(text, Unpin, PinFunctions.UnpinCode);
        CodeText.Put(text, Walk, PinFunctions.WalkCode);
        CodeText.Put(text, PinPage, PinFunctions.PinPageCode);
        CodeText.Put(text, UnpinPage, PinFunctions.UnpinPageCode);
        CodeText.Put(text, Declare, PinFunctions.DeclareCode);
        CodeText.Put(text, UserTable, SwitchFunctions.UserTableCode);
        CodeText.Refer(text, Pin + 0x13, UserTable);
        CodeText.Refer(text, Pin + 0x55, Walk);
        CodeText.Refer(text, Pin + 0x83, Declare);
        CodeText.Refer(text, Unpin + 0x15, UserTable);
        CodeText.Refer(text, Unpin + 0x4f, Declare);
        CodeText.Refer(text, Unpin + 0xdd, Walk);
        CodeText.Refer(text, Walk + 0x134, 0x9_0010);
        BinaryPrimitives.WriteUInt32LittleEndian(text.AsSpan(Pin + 0x4d), unchecked((uint)Address + PinPage));
        BinaryPrimitives.WriteUInt32LittleEndian(text.AsSpan(Unpin + 0xd5), unchecked((uint)Address + UnpinPage));
        return text;
    }
}
