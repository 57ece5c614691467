using System.Linq;
using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>
/// What the ROM counts of hypercalls agrees with the kernel calls that were made, and is logged when the guest shuts down.
/// </summary>
public unsafe class CallCountTests : GuestFixture
{
    private const uint NewRoot = 5, UnpinCommand = 4, InvalidateCommand = 7;

    [Fact]
    public void WhatABatchDoesCountsForTheHypercallThatAskedForIt()
    {
        // One multicall: a root load, then a change of stack.
        ulong* operation = Words + 64;
        operation[0] = NewRoot;
        operation[1] = Machine.RootFrame;
        Words[0] = (ulong)HypercallNumber.MmuextOp;
        Words[2] = (ulong)operation;
        Words[3] = 1;
        Words[5] = DomainId.Self;
        Words[8] = (ulong)HypercallNumber.StackSwitch;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.Multicall, Page, 2));
        Assert.Equal([VmCall.LoadRoot], Machine.Calls.ConvertAll(call => call.Number));
        Assert.Equal((1UL, 0UL), Counted(HypercallNumber.Multicall));
        Assert.Equal((1UL, 1UL), Counted(HypercallNumber.MmuextOp));
        Assert.Equal((1UL, 0UL), Counted(HypercallNumber.StackSwitch));
    }

    [Fact]
    public void EachEntryCounts()
    {
        ulong* operations = Words + 64;
        for (int i = 0; i < 3; i++)
        {
            operations[3 * i] = i == 2 ? UnpinCommand : InvalidateCommand;
            operations[(3 * i) + 1] = 20;
        }

        Assert.Equal(0, Hypercall((ulong)HypercallNumber.MmuextOp, (ulong)operations, 3, 0, DomainId.Self));
        Assert.Equal((1UL, (ulong)Machine.Calls.Count), Counted(HypercallNumber.MmuextOp));
        Assert.Equal(2, Machine.Calls.Count);
    }

    [Theory]
    [InlineData(11UL, 11)]
    [InlineData(63UL, 63)]
    [InlineData(1000UL, 63)]
    [InlineData(ulong.MaxValue, 63)]
    public void NumbersThatDoNotExistStayInTheTable(ulong number, int slot)
    {
        RomState before = *Machine.State;
        Assert.Equal(Errno.NoCall, Hypercall(number));
        Assert.Equal(1UL, Machine.State->CallsMade[slot]);
        Assert.Equal(before.CallsEntered[0], Machine.State->CallsEntered[0]);
    }

    [Fact]
    public void ShutdownTellsAllInLinesThatFitOneLogCall()
    {
        for (uint number = 0; number < 64; number++)
        {
            Machine.State->CallsMade[number] = number * 1_000_003;
            Machine.State->CallsEntered[number] = number;
        }

        *(uint*)Page = 0;
        Assert.Equal(0, Hypercall((ulong)HypercallNumber.SchedOp, 2, Page));
        string[] lines = Machine.LogText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.All(lines, line => Assert.True(line.Length < 48 && line.StartsWith("rom: calls ", StringComparison.Ordinal), line));
        string[] calls = string.Concat(lines).Split("rom: calls", StringSplitOptions.RemoveEmptyEntries).SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToArray();
        string[] expected = Enumerable.Range(1, 63).Select(n => $"{n}={(n * 1_000_003L) + (n == (int)HypercallNumber.SchedOp ? 1 : 0)}/{n}").ToArray();
        Assert.Equal(expected, calls);
    }

    private static (ulong Made, ulong Entered) Counted(HypercallNumber number) =>
        (Machine.State->CallsMade[(int)number], Machine.State->CallsEntered[(int)number]);
}
