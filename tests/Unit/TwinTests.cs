using Tierce.Hosted;

namespace Tierce.Unit;

/// <summary>Each check of a binding has a test that fails on a kernel without it.</summary>
public sealed class TwinTests
{
    private const string Bind = "src/Kernel/Calls/VCpuBind.cs";
    private const string State = "src/Kernel/UserState/ResumeState.cs";

    [Theory]
    [InlineData("CapabilityType.Notification, CapRights.Receive", "CapabilityType.Notification, CapRights.None")]
    [InlineData("CapabilityType.VCpu, CapRights.Control", "CapabilityType.VCpu, CapRights.None")]
    [InlineData("events == 0 || (events & ~VCpuEvent.FromOutside) != 0", "events == 0")]
    [InlineData("if (notification->Binding.Type != CapabilityType.None)", "if (bits == 0)")]
    public void Bindings_that_nobody_checks_are_noticed(string old, string @new) =>
        Twin.MustFail(typeof(BindingTests), nameof(BindingTests.It_wants_the_right_to_wait_and_the_right_to_control), [], new Change(Bind, old, @new));

    [Fact]
    public void A_bound_bit_that_goes_both_ways_is_noticed() => Twin.MustFail(
        typeof(BindingTests),
        nameof(BindingTests.Neither_binding_nor_taking_it_back_loses_or_doubles_a_bit),
        [],
        new Change("src/Kernel/Objects/Notification.cs", "                bits &= ~notification->BoundBits;\n", string.Empty));

    [Fact]
    public void A_slice_that_does_not_run_down_before_a_wait_is_noticed() => Twin.MustFail(
        typeof(SchedulerTests),
        nameof(SchedulerTests.Short_waits_bring_no_more_than_a_slice),
        [],
        new Change("src/Kernel/Scheduling/Scheduler.cs", "                ChargeWaiting(thread);\n", string.Empty));

    [Theory]
    [InlineData(106)]
    [InlineData(103)]
    public void A_binding_that_outlives_its_virtual_cpu_is_noticed(ulong slot) => Twin.MustFail(
        typeof(BindingTests),
        nameof(BindingTests.It_ends_with_either_side),
        [slot],
        new Change("src/Kernel/Objects/Derivation.cs", "((Notification*)cap->A)->BoundBits = 0;", string.Empty));

    [Theory]
    [InlineData("header->Magic == RomHeader.ExpectedMagic && ", "")]
    [InlineData("TextStart >= HoleLayout.RomText && ", "")]
    [InlineData("TextEnd <= HoleLayout.RomData && ", "")]
    [InlineData("Inside(Hypercall) && ", "")]
    [InlineData("Inside(Syscall) && ", "")]
    [InlineData("Inside(Exception) && ", "")]
    [InlineData(" && Inside(Vmint)", "")]
    [InlineData("address >= TextStart && ", "")]
    [InlineData(" && address < TextEnd", "")]
    public void Entries_of_a_rom_that_nobody_checks_are_noticed(string old, string @new) => Twin.MustFail(
        typeof(RomEntriesTests), nameof(RomEntriesTests.Each_entry_lies_in_the_roms_text), [], new Change("src/Kernel/UserState/RomEntries.cs", old, @new));

    [Theory]
    [InlineData("        frame->Rip = PageEntry.Canonical(frame->Rip);\n")]
    [InlineData("        frame->Cs = Thread.UserCode;\n")]
    [InlineData("        frame->Ss = Thread.UserData;\n")]
    public void Registers_that_nobody_checks_are_noticed(string old) => Twin.MustFail(
        typeof(ResumeStateTests),
        nameof(ResumeStateTests.Guest_kernel_goes_on_in_flat_code_at_a_canonical_address),
        [0x8000_0000_0000UL, 0xffff_8000_0000_0000UL],
        new Change(State, old, string.Empty));

    [Theory]
    [InlineData("FlagsChoice = 0x25_4dd5", "FlagsChoice = 0x25_7dd5")]
    [InlineData("FlagsFixed = 0x202", "FlagsFixed = 0x2")]
    public void Flags_that_nobody_checks_are_noticed(string old, string @new) =>
        Twin.MustFail(typeof(ResumeStateTests), nameof(ResumeStateTests.Flags_are_those_that_ring_3_may_choose), [], new Change(State, old, @new));

    /// <summary>The hosted tests look at invariants: a capability is unlinked from its neighbours, and its parent keeps it.</summary>
    [Fact]
    public void A_broken_link_of_the_derivation_tree_is_noticed() => Assert.Contains(
        "invariant",
        Twin.MustFail(
            typeof(CapabilityTests),
            nameof(CapabilityTests.Rights_only_shrink),
            [],
            new Change("src/Kernel/Objects/Derivation.cs", "        child->Previous = null;\n", "        child->Previous = parent;\n")),
        StringComparison.Ordinal);
}
