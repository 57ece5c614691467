
namespace Tierce.PageTables;

/// <summary>One leaf seen at two addresses: what changes it under one must not leave the other in the TLB past a drain.</summary>
public sealed unsafe class AliasTests : IDisposable
{
    private const ulong First = 0x3000, Second = 0x20_3000;

    private readonly SimpleGuest guest = new();
    private readonly Processor processor = new();

    public AliasTests()
    {
        Machine.Processor = processor;
        guest.World.Frame(SimpleGuest.Level2)[1] = guest.World.Frame(SimpleGuest.Level2)[0];
        processor.LoadRoot(Cache(guest.World.Guest)->Tables.Physical(guest.World.Cpu(0)->KernelRoot));
        foreach (ulong address in new[] { First, Second })
        {
            Assert.True(guest.Write(address));
            Assert.True(processor.Translate(address, Access.Write, out _, out _));
        }
    }

    [Fact]
    public void An_invalidation_of_one_and_a_drain()
    {
        guest.World.Write(SimpleGuest.Leaves, 3, (100UL << 12) | SimpleGuest.All);
        GuestSpace.FlushAddress(guest.World.Guest, guest.World.Cpu(0), First);
        GuestSpace.Flush(guest.World.Guest, null);
        guest.Checker.CheckTlb(processor, guest.World.Cpu(0), user: false);
    }

    [Fact]
    public void A_fill_of_one_and_a_drain()
    {
        guest.World.Write(SimpleGuest.Leaves, 3, (100UL << 12) | SimpleGuest.All);
        Assert.True(guest.Write(First));
        GuestSpace.Flush(guest.World.Guest, null);
        guest.Checker.CheckTlb(processor, guest.World.Cpu(0), user: false);
    }

    public void Dispose() => guest.Dispose();
}
