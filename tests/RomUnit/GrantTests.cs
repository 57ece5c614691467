using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Tests;

/// <summary>Grants that a guest makes to itself: mapped, unmapped, copied, refused.</summary>
public unsafe class GrantTests : GuestFixture
{
    private const ulong Grants = (ulong)HypercallNumber.GrantTableOp;
    private const uint Reference = 8, Device = 1, Host = 2, ReadOnly = 4, InEntry = 16;
    private const ulong Frame = 40, Entry = (41 << 12) + 24;
    private const ulong Permit = 1, MarkedReading = 8, MarkedWriting = 16;

    private static ref ulong Grant(uint reference) => ref ((ulong*)Machine.Window(Machine.GrantFrame << 12))[reference];

    private static void Give(uint reference, ulong frame, ulong flags = Permit, ushort domain = DomainId.Own) =>
        Grant(reference) = (frame << 32) | ((ulong)domain << 16) | flags;

    private short Map(uint flags, ulong address = Entry, ushort domain = DomainId.Own, uint reference = Reference)
    {
        Words[0] = address;
        ((uint*)Page)[2] = flags;
        ((uint*)Page)[3] = reference;
        Words[2] = domain;
        Words[3] = 0;
        Assert.Equal(0, Hypercall(Grants, 0, Page, 1));
        return *(short*)(Page + 18);
    }

    private short Unmap(uint handle, ulong address, ulong bus = 0)
    {
        Words[0] = address;
        Words[1] = bus;
        Words[2] = handle;
        Assert.Equal(0, Hypercall(Grants, 1, Page, 1));
        return *(short*)(Page + 20);
    }

    private uint Handle => ((uint*)Page)[5];

    [Fact]
    public void MappingIsAnEntryUntilItIsUnmapped()
    {
        Give(Reference, Frame);
        Assert.Equal(0, Map(Host | InEntry));
        uint handle = Handle;
        ulong* entry = (ulong*)Machine.Window(Entry);
        Assert.Equal((Frame << 12) | 0x63, *entry);
        Assert.Equal(Permit | MarkedReading | MarkedWriting, Grant(Reference) & 0xffff);
        Assert.Equal(GrantStatus.GeneralError, Unmap(handle, Entry + 8));
        Assert.Equal(0, Unmap(handle, Entry));
        Assert.Equal(0UL, *entry);
        Assert.Equal(Permit, Grant(Reference) & 0xffff);
        Assert.Equal(GrantStatus.BadHandle, Unmap(handle, Entry));
    }

    [Fact]
    public void HostAndDeviceMappingsGoOneByOne()
    {
        Give(Reference, Frame);
        Assert.Equal(0, Map(Host | Device | ReadOnly | InEntry));
        uint handle = Handle;
        Assert.Equal(Frame << 12, Words[3]);
        Assert.Equal((Frame << 12) | 0x61, *(ulong*)Machine.Window(Entry));
        Assert.Equal(Permit | MarkedReading, Grant(Reference) & 0xffff);
        Assert.Equal(0, Unmap(handle, Entry));
        Assert.Equal(Permit | MarkedReading, Grant(Reference) & 0xffff);
        Assert.Equal(GrantStatus.GeneralError, Unmap(handle, 0, 0x1000));
        Assert.Equal(0, Unmap(handle, 0, Frame << 12));
        Assert.Equal(Permit, Grant(Reference) & 0xffff);
    }

    [Fact]
    public void WhatIsNotGrantedIsRefusedAsOnXen()
    {
        Give(Reference, Frame, domain: 5);
        Assert.Equal(GrantStatus.GeneralError, Map(Host | InEntry));
        Give(Reference, Frame, flags: 0);
        Assert.Equal(GrantStatus.GeneralError, Map(Host | InEntry));
        Give(Reference, Frame, flags: Permit | 4);
        Assert.Equal(GrantStatus.GeneralError, Map(Host | InEntry));
        Assert.Equal(0, Map(Host | ReadOnly | InEntry));
        Give(9, Machine.RamFrames);
        Assert.Equal(GrantStatus.BadPage, Map(Host | InEntry, reference: 9));
        Assert.Equal(Permit, Grant(9) & 0xffff);
        Assert.Equal(GrantStatus.BadReference, Map(Host | InEntry, reference: 512 * 4));
        Assert.Equal(GrantStatus.BadReference, Map(ReadOnly));
        Assert.Equal(GrantStatus.GeneralError, Map(Host | InEntry, domain: 0));
        Assert.Equal(GrantStatus.BadDomain, Map(Host | InEntry, domain: 9));
        Give(9, Frame);
        Assert.Equal(GrantStatus.GeneralError, Map(Host | InEntry, Entry - 2, reference: 9));
        Assert.Equal(GrantStatus.GeneralError, Map(Host, 0x7000_0000, reference: 9));
        Assert.Equal(Permit, Grant(9) & 0xffff);
        Assert.Equal(Errno.Fault, Hypercall(Grants, 0, 0x1000, 1));
        Assert.Equal(0, Hypercall(Grants, 0, 0x1000, 0));
        Assert.Equal(Errno.Invalid, Hypercall(Grants, 0, Page, 0x8000_0000));
    }

    [Fact]
    public void HandlesRunOutAndComeBack()
    {
        Give(Reference, Frame);
        for (int i = 0; i < GrantMapping.Count; i++)
        {
            Assert.Equal(0, Map(Device));
        }

        Assert.Equal(GrantStatus.NoHandle, Map(Device));
        Assert.Equal(0, Unmap(5, 0, Frame << 12));
        Assert.Equal(0, Map(Device));
        Assert.Equal(5u, Handle);
    }

    [Fact]
    public void CopiesGoBetweenFramesOfTheGuest()
    {
        byte* from = Machine.Window(Frame << 12);
        byte* to = Machine.Window(42UL << 12);
        from[10] = 1;
        from[11] = 2;
        Give(Reference, Frame, Permit | 4);
        Assert.Equal(0, Copy(Reference, 10, 42, 20, 2, flags: 1));
        Assert.Equal((1, 2), (to[20], to[21]));
        Assert.Equal(Permit | 4, Grant(Reference) & 0xffff);
        Assert.Equal(GrantStatus.GeneralError, Copy(42, 0, Reference, 0, 2, flags: 2));
        Assert.Equal(GrantStatus.BadCopy, Copy(Reference, 4095, 42, 0, 2, flags: 1));
        Assert.Equal(GrantStatus.BadPage, Copy(Reference, 0, Machine.RamFrames, 0, 2, flags: 1));
        Assert.Equal(GrantStatus.BadReference, Copy(512 * 4, 0, 42, 0, 2, flags: 1));
        Assert.Equal(GrantStatus.Denied, Copy(Frame, 0, 42, 0, 2, flags: 0, fromDomain: 0));
        Assert.Equal(GrantStatus.BadDomain, Copy(Reference, 0, 42, 0, 2, flags: 1, fromDomain: 9));

        // A page table is written by hypercalls that say so.
        PageTables.Pin(42);
        Assert.Equal(GrantStatus.BadPage, Copy(Reference, 10, 42, 20, 2, flags: 1));
    }

    [Fact]
    public void VersionOneIsTheOnlyOne()
    {
        *(uint*)Page = 2;
        Assert.Equal(Errno.NoCall, Hypercall(Grants, 8, Page, 1));
        Assert.Equal(1u, *(uint*)Page);
        *(uint*)Page = 3;
        Assert.Equal(Errno.Invalid, Hypercall(Grants, 8, Page, 1));
        *(uint*)Page = 1;
        Assert.Equal(0, Hypercall(Grants, 8, Page, 1));
        Words[0] = 1 | ((ulong)DomainId.Self << 32);
        Assert.Equal(0, Hypercall(Grants, 9, Page, 1));
        Assert.Equal(GrantStatus.GeneralError, *(short*)(Page + 6));
        Words[0] = 3;
        Assert.Equal(Errno.NoDomain, Hypercall(Grants, 10, Page, 1));
    }

    private short Copy(ulong from, ushort fromOffset, ulong to, ushort toOffset, ushort length, ushort flags, ushort? fromDomain = null)
    {
        Words[0] = from;
        Words[1] = ((ulong)fromOffset << 16) | (fromDomain ?? ((flags & 1) != 0 ? DomainId.Own : DomainId.Self));
        Words[2] = to;
        Words[3] = ((ulong)toOffset << 16) | ((flags & 2) != 0 ? DomainId.Own : DomainId.Self);
        Words[4] = length | ((ulong)flags << 16);
        Assert.Equal(0, Hypercall(Grants, 5, Page, 1));
        return *(short*)(Page + 36);
    }
}
