using System.Buffers.Binary;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The functions that write an entry of a level are recognised with what they call, and then jump to __xen_set_pte.</summary>
public sealed class EntryFunctionsTests
{
    private const int SetEntry = 0x300;
    private const int Lowest = 0x400;
    private const int Second = 0x800;
    private const int Third = 0xa00;
    private const int SecondHypercall = 0xc00;
    private const int ThirdHypercall = 0xd00;
    private const int Pinned = 0xe00;

    [Fact]
    public void EachThenJumpsToTheFunctionThatCallsTheRom()
    {
        Assert.True(EntryFunctions.Find(Text(), SetEntry, out EntryFunctions functions));
        Assert.Equal([Lowest, Second, Third], Enumerable.Range(0, EntryFunctions.Count).Select(index => functions.Start(index)));
        for (int i = 0; i < EntryFunctions.Count; i++)
        {
            var change = new byte[EntryFunctions.ChangeSize];
            functions.Change(change, i, SetEntry);
            Assert.Equal(0xe9, change[0]);
            int after = functions.Start(i) + EntryFunctions.ChangeAt + EntryFunctions.ChangeSize;
            Assert.Equal(SetEntry, after + BinaryPrimitives.ReadInt32LittleEndian(change.AsSpan(1)));
        }
    }

    [Fact]
    public void WhatChangesHoldsNothingThatLinuxRewrites()
    {
        foreach (string code in new[] { CodeText.Digits(EntryFunctions.LowestCode), CodeText.Digits(EntryFunctions.UpperCode) })
        {
            Assert.Equal("e8????????", code[..(2 * EntryFunctions.ChangeAt)]);
            string changed = code.Substring(2 * EntryFunctions.ChangeAt, 2 * EntryFunctions.ChangeSize);
            Assert.DoesNotContain('?', changed);

            // The place of the tracepoint, a two-byte nop, comes behind it.
            Assert.True(code.IndexOf("6690", StringComparison.Ordinal) >= 2 * (EntryFunctions.ChangeAt + EntryFunctions.ChangeSize));
        }
    }

    [Theory]
    [InlineData(Lowest + 6)]
    [InlineData(Lowest + 0x60)]
    [InlineData(Second + 0x1d)]
    [InlineData(Third + 0x70)]
    [InlineData(SecondHypercall + 5)]
    [InlineData(ThirdHypercall + 0x40)]
    [InlineData(Pinned + 0x37)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text();
        text[at] ^= 1;
        Assert.False(EntryFunctions.Find(text, SetEntry, out _));
    }

    [Theory]
    [InlineData(Lowest)]
    [InlineData(Third)]
    public void OneMoreThanAreKnownIsRefused(int at)
    {
        byte[] text = Text();
        text.AsSpan(at, 0x100).CopyTo(text.AsSpan(0x1000));
        Assert.False(EntryFunctions.Find(text, SetEntry, out _));
    }

    [Fact]
    public void OneThatIsMissingIsRefused()
    {
        byte[] text = Text();
        text.AsSpan(Third, 0x100).Clear();
        Assert.False(EntryFunctions.Find(text, SetEntry, out _));
    }

    [Fact]
    public void AnotherFunctionBehindTheLowestLevelIsRefused() => Assert.False(EntryFunctions.Find(Text(), SetEntry + 16, out _));

    private static byte[] Text()
    {
        var text = new byte[0x2000];
        CodeText.Put(text, Lowest, EntryFunctions.LowestCode);
        CodeText.Put(text, Second, EntryFunctions.UpperCode);
        CodeText.Put(text, Third, EntryFunctions.UpperCode);
        CodeText.Put(text, SecondHypercall, EntryFunctions.HypercallCode);
        CodeText.Put(text, ThirdHypercall, EntryFunctions.HypercallCode);
        CodeText.Put(text, Pinned, EntryFunctions.PinnedCode);
        CodeText.Refer(text, Lowest + 0x18, SetEntry);
        foreach ((int function, int hypercall) in new[] { (Second, SecondHypercall), (Third, ThirdHypercall) })
        {
            CodeText.Refer(text, function + 0x13, Pinned);
            CodeText.Refer(text, function + 0x73, hypercall);
        }

        return text;
    }
}
