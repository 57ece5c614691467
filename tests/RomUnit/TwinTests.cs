using System;
using Tierce.Abi;
using Tierce.Hosted;

namespace Tierce.Rom.Tests;

/// <summary>Each check of ports and of guest user's code has a test that fails on a ROM without it.</summary>
public sealed class TwinTests
{
    private const string Ports = "src/Rom/Emulate/PortAccess.cs";
    private const string Code = "src/Rom/Emulate/CodeSegment.cs";

    [Theory]
    [InlineData("return LevelOf(user) <= level;", "return true;")]
    [InlineData("LevelOf(bool user) => user ? UserLevel", "LevelOf(bool user) => user ? 0")]
    public void PortsAndInterruptFlagWithoutTheLevelAreNoticed(string old, string @new) =>
        Twin.MustFail(typeof(GuestUserTests), nameof(GuestUserTests.LevelDecidesWhoMayUsePortsAndTheInterruptFlag), [2u, true, false], new Change(Ports, old, @new));

    [Theory]
    [InlineData("if (port + bytes > state->PortBitmapPorts)", "if (port + bytes == 0)")]
    [InlineData("(first == null ? 0xffU : *first)", "(first == null ? 0U : *first)")]
    [InlineData("((1U << (int)bytes) - 1)", "1U")]
    public void PortsThatTheBitmapForbidsAreNoticed(string old, string @new) =>
        Twin.MustFail(typeof(GuestUserTests), nameof(GuestUserTests.PortsOfTheBitmapAreGuestUsersAndReadOnes), [], new Change(Ports, old, @new));

    [Theory]
    [InlineData("(value & PageTables.Present) != 0 && ", "")]
    [InlineData("&& Guest.IsFrame((value & PageTables.AddressMask) >> 12)", "")]
    public void CodeThatGuestUserDoesNotHaveIsNoticed(string old, string @new) =>
        Twin.MustFail(typeof(GuestUserTests), nameof(GuestUserTests.CodeThatGuestUserDoesNotHaveIsNotRead), [], new Change(Code, old, @new));

    [Theory]
    [InlineData("if (index >= entries || index >= most)", "if (index >= entries)")]
    [InlineData("if (index >= entries || index >= most)", "if (index >= most)")]
    [InlineData("return Guest.IsFrame(frame) ? *(ulong*)", "return frame != 0 ? *(ulong*)")]
    public void DescriptorsThatTheGuestDoesNotHaveAreNoticed(string old, string @new) =>
        Twin.MustFail(typeof(CodeSegmentTests), nameof(CodeSegmentTests.ADescriptorIsReadWhereTheGuestHasItAlone), [], new Change(Code, old, @new));

    [Fact]
    public void CodeOutsideOfTheGuestIsNoticed() => Twin.MustFail(
        typeof(CodeSegmentTests), nameof(CodeSegmentTests.CodeInTheHoleIsNotRead), [], new Change(Code, "if (!Guest.IsGuest(address, 1))", "if (address == 0)"));
}
