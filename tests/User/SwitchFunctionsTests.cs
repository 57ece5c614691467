using System.Buffers.Binary;
using System.Globalization;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The functions that patch-more changes for switches between processes are recognised whole, and what is written calls the ROM.</summary>
public sealed class SwitchFunctionsTests
{
    private const int WriteRoot = 0x400, UserTable = 0x1000, Queue = 0x1400, Callback = 0x2000, LoadStack = 0x2400;
    private const ulong Address = 0xffff_ffff_8100_0000, Entry = 0xffff_8080_0000_1234;

    [Fact]
    public void BothAreFoundWithWhatTheyReferTo()
    {
        Assert.True(SwitchFunctions.Find(Text(), Address, out SwitchFunctions functions));
        Assert.Equal((WriteRoot, LoadStack), (functions.WriteRoot, functions.LoadStack));

        var root = new byte[SwitchFunctions.RootChangeSize];
        functions.ChangeRoot(root, Entry, Address);
        Assert.Equal([0xff, 0x15, 0, 0, 0, 0], root[..6]);
        Assert.Equal([Entry, Address + 0x9_0000, Address + 0x9_0010, 0x1e2a0, 0x1e298], Words(root));

        var stack = new byte[SwitchFunctions.StackChangeSize];
        functions.ChangeStack(stack, Entry + 8, Address);
        Assert.Equal([0xff, 0x15, 0, 0, 0, 0], stack[..6]);
        Assert.Equal([Entry + 8, 0x6004], Words(stack));
    }

    [Fact]
    public void WhatChangesHoldsNothingThatLinuxRewrites()
    {
        // It rewrites calls of __fentry__ (before), tracepoints (66 90), calls of pv_ops (ff 15) and jumps to the return thunk (e9).
        foreach ((string code, int size) in new[] { (Digits(SwitchFunctions.WriteRootCode), SwitchFunctions.RootChangeSize), (Digits(SwitchFunctions.LoadStackCode), SwitchFunctions.StackChangeSize) })
        {
            Assert.StartsWith("e8????????", code, StringComparison.Ordinal);
            string changed = code.Substring(2 * SwitchFunctions.ChangeAt, 2 * size);
            Assert.DoesNotContain("6690", changed, StringComparison.Ordinal);
            Assert.DoesNotContain("ff15", changed, StringComparison.Ordinal);
            Assert.DoesNotContain("e9????????", changed, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(WriteRoot + 6)]
    [InlineData(WriteRoot + 0x9f)]
    [InlineData(UserTable + 0x78)]
    [InlineData(Queue + 0x61)]
    [InlineData(Callback + 6)]
    [InlineData(LoadStack + 0x1e)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text();
        text[at] ^= 1;
        Assert.False(SwitchFunctions.Find(text, Address, out _));
    }

    [Theory]
    [InlineData(WriteRoot)]
    [InlineData(LoadStack)]
    public void TwoOfOneAreRefused(int at)
    {
        byte[] text = Text();
        text.AsSpan(at, 0x100).CopyTo(text.AsSpan(0x3000));
        Assert.False(SwitchFunctions.Find(text, Address, out _));
    }

    [Theory]
    [InlineData(WriteRoot + 0x12, int.MaxValue)]
    [InlineData(WriteRoot + 0x3d, int.MinValue)]
    [InlineData(Queue + 0x73, 0)]
    public void WhatLiesOutsideTheTextIsRefused(int operand, int value)
    {
        byte[] text = Text();
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(operand), value);
        Assert.False(SwitchFunctions.Find(text, Address, out _));
    }

    private static ulong[] Words(byte[] change) =>
        [.. Enumerable.Range(0, (change.Length - 6) / 8).Select(i => BinaryPrimitives.ReadUInt64LittleEndian(change.AsSpan(6 + (8 * i))))];

    private static byte[] Text()
    {
        var text = new byte[0x6000];
        Put(text, WriteRoot, SwitchFunctions.WriteRootCode);
        Put(text, UserTable, SwitchFunctions.UserTableCode);
        Put(text, Queue, SwitchFunctions.QueueCode);
        Put(text, Callback, SwitchFunctions.CallbackCode);
        Put(text, LoadStack, SwitchFunctions.LoadStackCode);
        Refer(text, WriteRoot + 0x0d, 0x9_0000);
        Refer(text, WriteRoot + 0x12, UserTable);
        Refer(text, WriteRoot + 0x3d, Queue);
        Refer(text, UserTable + 0x71, 0x9_0010);
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(Queue + 0x73), unchecked((int)(Address + Callback)));

        // Data of a processor is linked at 0, and reached relative to the instruction.
        Refer(text, WriteRoot + 0x30, unchecked((int)(0x1e2a0 - Address)));
        Refer(text, Callback + 0x09, unchecked((int)(0x1e298 - Address)));
        Refer(text, LoadStack + 0x37, unchecked((int)(0x6004 - Address)));
        return text;
    }

    private static void Refer(byte[] text, int operand, int target) =>
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(operand), unchecked(target - (operand + 4)));

    private static string Digits(ReadOnlySpan<byte> pattern) => System.Text.Encoding.ASCII.GetString(pattern);

    private static void Put(byte[] text, int at, ReadOnlySpan<byte> pattern)
    {
        for (int i = 0; i < BytePattern.Length(pattern); i++)
        {
            string digits = string.Create(CultureInfo.InvariantCulture, $"{(char)pattern[2 * i]}{(char)pattern[(2 * i) + 1]}");
            text[at + i] = digits == "??" ? (byte)0x5a : byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }
}
