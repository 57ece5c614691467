using Tierce.Hosted;

namespace Tierce.Unit;

/// <summary>Each check of a grant copy, a doorbell and of device memory has a test that fails on a kernel without it.</summary>
public sealed class DeviceTwinTests
{
    private const string Copy = "src/Kernel/Objects/Grants.cs";
    private const string Call = "src/Kernel/Calls/GrantCopy.cs";

    [Theory]
    [InlineData(nameof(GrantTests.What_the_guest_does_not_grant_the_peer_stays_closed), "(seen & GrantTable.TypeMask) != GrantTable.PermitAccess || ", "", new object[] { 0U, (ushort)3 })]
    [InlineData(nameof(GrantTests.What_the_guest_does_not_grant_the_peer_stays_closed), " || seen >> GrantTable.PeerShift != peer", "", new object[] { 1U, (ushort)4 })]
    [InlineData(nameof(GrantTests.A_grant_for_reading_is_not_written), "toGuest && (seen & GrantTable.ReadOnly) != 0", "false", new object[0])]
    [InlineData(nameof(GrantTests.A_capability_without_a_right_does_not_lend_it), "!grants->Has(toGuest ? CapRights.Write : CapRights.Read)", "false", new object[0])]
    [InlineData(nameof(GrantTests.Frames_beyond_the_guests_ram_are_refused), "frame < grants->A >> High && ", "", new object[] { 65UL })]
    [InlineData(nameof(GrantTests.Memory_of_the_kernel_is_not_reached), " && FrameTable.IsOpen(page))", ")", new object[] { true })]
    [InlineData(nameof(GrantTests.Memory_of_the_kernel_is_not_reached), "FrameTable.IsOpen(buffer->A + page) && (page == last || FrameTable.IsOpen(buffer->A + last))", "true", new object[] { false })]
    [InlineData(nameof(GrantTests.References_beyond_the_table_are_refused), "reference / EntriesOfPage < pages && ", "", new object[] { 1024U })]
    [InlineData(nameof(GrantTests.Ranges_that_leave_page_or_buffer_are_refused), " || operation.GuestOffset + length > PageSize", "", new object[] { 1, 4096, 0U, 0 })]
    [InlineData(nameof(GrantTests.Ranges_that_leave_page_or_buffer_are_refused), "end <= buffer->B * PageSize && ", "", new object[] { 0, 4, 16381U, 0 })]
    [InlineData(nameof(GrantTests.Frames_beyond_the_guests_ram_are_refused), "        Interlocked.And(ref entry[0], ~(GrantTable.Reading | GrantTable.Writing));\n", "", new object[] { 64UL })]
    public void Copies_that_nobody_checks_are_noticed(string test, string old, string @new, object[] arguments) =>
        Twin.MustFail(typeof(GrantTests), test, arguments, new Change(Copy, old, @new));

    [Theory]
    [InlineData(nameof(GrantTests.Bad_calls_are_refused), "!Decode.IsPart(first, count, operations->B * OperationsOfPage)", "count == 0")]
    [InlineData(nameof(GrantTests.Operations_and_table_in_memory_of_the_kernel_are_not_used), "!FrameTable.IsOpen(page)", "false")]
    [InlineData(nameof(GrantTests.A_call_stops_for_a_thread_that_has_to_run_and_goes_on), "Machine.HasToSwitch ? Status.Again : Status.Ok", "Status.Ok")]
    public void Calls_that_nobody_checks_are_noticed(string test, string old, string @new) =>
        Twin.MustFail(typeof(GrantTests), test, [], new Change(Call, old, @new));

    [Theory]
    [InlineData("CapabilityType.VCpu, CapRights.Control", "CapabilityType.VCpu, CapRights.None")]
    [InlineData("CapabilityType.Notification, CapRights.Send", "CapabilityType.Notification, CapRights.None")]
    [InlineData("arguments->Doorbell >= VCpuDoorbell.Count", "false")]
    public void Doorbells_that_nobody_checks_are_noticed(string old, string @new) =>
        Twin.MustFail(typeof(DoorbellTests), nameof(DoorbellTests.Bad_calls_are_refused), [], new Change("src/Kernel/Calls/VCpuConnect.cs", old, @new));

    [Theory]
    [InlineData("src/Kernel/Memory/AddressSpace.cs", "(cached ? 0 : WriteThrough | CacheDisable)", "0")]
    [InlineData("src/Kernel/Loading/RootDomain.cs", "CapRights.All & ~CapRights.Execute", "CapRights.All")]
    public void Device_memory_like_any_other_is_noticed(string file, string old, string @new) =>
        Twin.MustFail(typeof(DeviceMemoryTests), nameof(DeviceMemoryTests.It_is_mapped_uncached_and_never_executed), [], new Change(file, old, @new));
}
