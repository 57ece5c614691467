using System.Buffers.Binary;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The functions that pin, unpin or flush one thing are recognised whole, and changed where Linux changes nothing.</summary>
public sealed class OneTableFunctionsTests
{
    private const int Lowest = 0x400;
    private const int Second = 0x800;
    private const int Third = 0xc00;
    private const int Release = 0x1000;
    private const int Flush = 0x1400;
    private const int Pinned = 0x1800;

    [Fact]
    public void AllAreFound()
    {
        Assert.True(OneTableFunctions.Find(Text(), out OneTableFunctions functions));
        Assert.Equal([Lowest + 5, Second + 5, Third + 5, Release, Flush + 5], Enumerable.Range(0, OneTableFunctions.Count).Select(index => functions.ChangeAt(index)));
        Assert.True(OneTableFunctions.Count + 2 <= TableFunctions.Pointers);
    }

    [Fact]
    public void FlushNeedsNothingBehindItsCall()
    {
        var change = new byte[OneTableFunctions.ChangeSize(4)];
        PinFunctions.Change(change, 0x105, 0x200, 1);
        Assert.Equal(0x200, 0x105 + change.Length + BinaryPrimitives.ReadInt32LittleEndian(change.AsSpan(2)));
    }

    [Fact]
    public void WhatChangesHoldsNothingThatLinuxRewrites()
    {
        Assert.True(OneTableFunctions.Find(Text(), out OneTableFunctions functions));
        (string Code, int Start, string Tracepoint)[] all =
        [
            (CodeText.Digits(OneTableFunctions.LowestCode), Lowest, "0f1f440000"), (CodeText.Digits(OneTableFunctions.UpperCode), Second, "0f1f440000"),
            (CodeText.Digits(OneTableFunctions.UpperCode), Third, "0f1f440000"), (CodeText.Digits(OneTableFunctions.ReleaseCode), Release, "6690"),
            (CodeText.Digits(OneTableFunctions.FlushCode), Flush, "0f1f440000"),
        ];
        for (int i = 0; i < all.Length; i++)
        {
            int at = functions.ChangeAt(i) - all[i].Start;
            Assert.DoesNotContain('?', all[i].Code.Substring(2 * at, 2 * OneTableFunctions.ChangeSize(i)));
            Assert.True(all[i].Code.IndexOf(all[i].Tracepoint, StringComparison.Ordinal) >= 2 * (at + OneTableFunctions.ChangeSize(i)));
            Assert.True(at == 0 || all[i].Code.StartsWith("e8????????", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(Lowest + 6)]
    [InlineData(Second + 0x30)]
    [InlineData(Third + 7)]
    [InlineData(Release + 2)]
    [InlineData(Flush + 0x30)]
    [InlineData(Pinned + 0x37)]
    public void OneByteThatDiffersIsRefused(int at)
    {
        byte[] text = Text();
        text[at] ^= 1;
        Assert.False(OneTableFunctions.Find(text, out _));
    }

    [Theory]
    [InlineData(Lowest)]
    [InlineData(Third)]
    [InlineData(Release)]
    [InlineData(Flush)]
    public void OneMoreThanAreKnownIsRefused(int at)
    {
        byte[] text = Text();
        text.AsSpan(at, 0x400).CopyTo(text.AsSpan(0x1c00));
        Assert.False(OneTableFunctions.Find(text, out _));
    }

    private static byte[] Text()
    {
        var text = new byte[0x3000];
        CodeText.Put(text, Lowest, OneTableFunctions.LowestCode);
        CodeText.Put(text, Second, OneTableFunctions.UpperCode);
        CodeText.Put(text, Third, OneTableFunctions.UpperCode);
        CodeText.Put(text, Release, OneTableFunctions.ReleaseCode);
        CodeText.Put(text, Flush, OneTableFunctions.FlushCode);
        CodeText.Put(text, Pinned, EntryFunctions.PinnedCode);
        CodeText.Refer(text, Lowest + 0x21, Pinned);
        CodeText.Refer(text, Second + 0x19, Pinned);
        CodeText.Refer(text, Third + 0x19, Pinned);
        return text;
    }
}
