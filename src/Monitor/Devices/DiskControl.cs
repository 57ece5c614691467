using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Monitor;

/// <summary>States of one end of a device. Source: Xen public header <c>io/xenbus.h</c>.</summary>
public enum BusState : uint
{
    /// <summary>Not there.</summary>
    Unknown = 0,

    /// <summary>It begins.</summary>
    Initialising = 1,

    /// <summary>The back end waits for the front end's ring.</summary>
    InitialWait = 2,

    /// <summary>The front end has made its ring.</summary>
    Initialised = 3,

    /// <summary>Data can move.</summary>
    Connected = 4,

    /// <summary>The end begins.</summary>
    Closing = 5,

    /// <summary>It has ended.</summary>
    Closed = 6,
}

/// <summary>
/// The control path of the guest's disks: the nodes of both ends in the store, and the handshake of the front end with the back end, which
/// is another domain. The data path, rings and events, does not touch the monitor.
/// </summary>
public unsafe struct DiskControl
{
    // SAFETY: Open maps both pages for the domain's life; what the back end writes there is read once and trusted as far as it tells
    // the guest of its own disk.

    private const ulong Address = 0x0000_0011_0030_0000, PlugAddress = Address + 0x1000;

    private Disks _disks;
    private Notification _backEnd;
    private DeviceControlLine* _lines;
    private PlugLine* _plugs;

    [InlineArray(DeviceControl.MostDevices)]
    private struct Disks
    {
        private DiskState _first;
    }

    private struct DiskState
    {
        /// <summary>What the front end has said last, and what the store says of the back end.</summary>
        public BusState Front, Back;

        /// <summary>The monitor's last wish of the back end.</summary>
        public uint Wish;

        /// <summary>The guest has the disk or is closing it: its nodes are in the store.</summary>
        public bool IsShown;

        /// <summary>The front end is asked to close the disk for good.</summary>
        public bool IsLeaving;
    }

    /// <summary>Number of disks.</summary>
    public int Count { get; private set; }

    /// <summary>Takes the capabilities and writes the first nodes.</summary>
    public void Open(Startup startup, ref SlotAllocator slots)
    {
        if (!startup.TryGet(StartupPurpose.DeviceControl, 0, out uint control, out _))
        {
            return;
        }

        Failure.Check(
            new Memory(control).Map(Domain.Own, Address, 0, DeviceControl.Pages, CapRights.Read | CapRights.Write, slots.Take()),
            "mapping the disks' control page"u8);
        Failure.Check(
            new Memory(startup.Slot(StartupPurpose.PlugTable)).Map(Domain.Own, PlugAddress, 0, PlugTable.Pages, CapRights.Read | CapRights.Write, slots.Take()),
            "mapping the wishes for disks"u8);
        _lines = (DeviceControlLine*)Address;
        _plugs = (PlugLine*)PlugAddress;
        _backEnd = new Notification(startup.Slot(StartupPurpose.BackEnd));
        while (Count < DeviceControl.MostDevices && startup.TryGet(StartupPurpose.GuestEvent, Count, out _, out _))
        {
            SeeWish(Count);
            ShowState(Count);
            Count++;
        }
    }

    /// <summary>Connects the guest's events and doorbells with the back end.</summary>
    public readonly void Connect(VCpu cpu, Startup startup)
    {
        for (int i = 0; i < Count; i++)
        {
            startup.TryGet(StartupPurpose.GuestEvent, i, out uint guest, out _);
            Failure.Check(cpu.Connect(i, _backEnd, 1UL << (BackEndEvent.Doorbell + i)), "connecting a disk's doorbell"u8);
            Failure.Check(cpu.Bind(new Notification(guest), 1, 1UL << (VCpuEvent.FirstDevice + i)), "binding a disk's event"u8);
        }
    }

    /// <summary>Sees what the front end and the back end have done. Returns whether the guest's store has changed.</summary>
    public bool Pump(Span<byte> romInfo)
    {
        bool changed = false;
        for (int i = 0; i < Count; i++)
        {
            changed |= SeeWish(i);
            if (!_disks[i].IsShown)
            {
                continue;
            }

            // A front end whose node is gone or holds no number is no front end.
            DiskPath path = DiskPath.Front(i, "state"u8);
            GuestStore.TryReadNumber(path.Text, out uint state);
            if ((BusState)state != _disks[i].Front)
            {
                _disks[i].Front = (BusState)state;
                changed |= FrontChanged(i, romInfo);
            }

            changed |= BackChanged(i) | Leave(i, romInfo);
            ShowState(i);
        }

        return changed;
    }

    /// <summary>
    /// Shows the guest a disk that root wants plugged, or asks the front end to close one that root wants unplugged, in Xen's way: the node
    /// <c>online</c> says that the disk does not come back, and the back end's state that it closes. Data moves until the front end agrees.
    /// </summary>
    private bool SeeWish(int disk)
    {
        ref DiskState state = ref _disks[disk];
        bool wanted = Volatile.Read(ref _plugs[disk].Wanted) != 0;
        if (wanted && !state.IsShown)
        {
            state.IsShown = true;
            state.Front = BusState.Initialising;
            WriteNodes(disk);
            SetBack(disk, BusState.InitialWait);
            return true;
        }

        if (wanted || !state.IsShown || state.IsLeaving)
        {
            return false;
        }

        state.IsLeaving = true;
        SetText(disk, "online"u8, "0"u8);
        if (state.Back != BusState.Closed)
        {
            SetBack(disk, BusState.Closing);
        }

        return true;
    }

    /// <summary>
    /// The last step of unplugging: the front end has closed, and the back end serves no ring and has no request of the guest's. The nodes go,
    /// and the guest's event channel has no other end.
    /// </summary>
    private bool Leave(int disk, Span<byte> romInfo)
    {
        ref DiskState state = ref _disks[disk];
        if (!state.IsLeaving || state.Back != BusState.Closed || Volatile.Read(ref _lines[disk].Fulfilled) != state.Wish)
        {
            return false;
        }

        SetPort(disk, 0, romInfo);
        DiskPath front = DiskPath.Front(disk, default);
        DiskPath back = DiskPath.Back(disk, default);
        GuestStore.Remove(front.Text);
        GuestStore.Remove(back.Text);
        state = new DiskState { Wish = state.Wish };
        return true;
    }

    /// <summary>Shows root what the guest has.</summary>
    private void ShowState(int disk)
    {
        ref DiskState state = ref _disks[disk];
        PlugState shown = !state.IsShown ? PlugState.Unplugged
            : state.IsLeaving ? PlugState.Unplugging
            : state.Back == BusState.Connected ? PlugState.Connected : PlugState.Offered;
        Volatile.Write(ref *(uint*)&_plugs[disk].State, (uint)shown);
    }

    private bool FrontChanged(int disk, Span<byte> romInfo)
    {
        switch (_disks[disk].Front)
        {
            case BusState.Initialising when _disks[disk].Back == BusState.Closed && !_disks[disk].IsLeaving:
                SetBack(disk, BusState.InitialWait);
                return true;
            case BusState.Initialised or BusState.Connected when _disks[disk].Back == BusState.InitialWait:
                WishForRing(disk, romInfo);
                return false;
            case BusState.Closing:
                Wish(disk, connect: false);
                SetBack(disk, BusState.Closing);
                return true;
            case BusState.Closed or BusState.Unknown when _disks[disk].Back is not BusState.Closed:
                Wish(disk, connect: false);
                SetBack(disk, BusState.Closed);
                return true;
            default:
                return false;
        }
    }

    /// <summary>The front end has written its ring's grant and its event channel.</summary>
    private void WishForRing(int disk, Span<byte> romInfo)
    {
        DiskPath ring = DiskPath.Front(disk, "ring-ref"u8);
        DiskPath channel = DiskPath.Front(disk, "event-channel"u8);
        if (!GuestStore.TryReadNumber(ring.Text, out uint reference) || !GuestStore.TryReadNumber(channel.Text, out uint port))
        {
            return;
        }

        SetPort(disk, port, romInfo);
        _lines[disk].RingReference = reference;
        Wish(disk, connect: true);
    }

    /// <summary>Tells the ROM which event channel of the guest's is the disk's; 0 for none.</summary>
    private static void SetPort(int disk, uint port, Span<byte> romInfo)
    {
        fixed (byte* page = romInfo)
        {
            Volatile.Write(ref ((RomInfo*)page)->DevicePorts[disk], port);
        }
    }

    private void Wish(int disk, bool connect)
    {
        _lines[disk].Connect = connect ? 1U : 0;
        Volatile.Write(ref _lines[disk].Wish, ++_disks[disk].Wish);
        _backEnd.Signal(1UL << (BackEndEvent.Control + disk));
    }

    /// <summary>The back end has fulfilled a wish: the store now shows the guest what the disk is.</summary>
    private bool BackChanged(int disk)
    {
        DeviceControlLine* line = _lines + disk;
        if (_disks[disk].Back != BusState.InitialWait || _disks[disk].Wish == 0 || Volatile.Read(ref line->Fulfilled) != _disks[disk].Wish)
        {
            return false;
        }

        var state = (BackEndState)Volatile.Read(ref *(uint*)&line->State);
        if (state == BackEndState.Broken)
        {
            SetBack(disk, BusState.Closing);
            return true;
        }

        if (state != BackEndState.Connected)
        {
            return false;
        }

        BlockFeatures features = line->Features;
        bool readOnly = (features & BlockFeatures.ReadOnly) != 0;
        Set(disk, "sectors"u8, line->Sectors);
        Set(disk, "sector-size"u8, 512);
        Set(disk, "physical-sector-size"u8, line->BlockSize);
        Set(disk, "info"u8, readOnly ? 4UL : 0);
        SetText(disk, "mode"u8, readOnly ? "r"u8 : "w"u8);
        SetBack(disk, BusState.Connected);
        return true;
    }

    /// <summary>The nodes that Xen's toolstack makes for a disk, and what this back end offers.</summary>
    private static void WriteNodes(int disk)
    {
        DiskPath back = DiskPath.Back(disk, default);
        DiskPath front = DiskPath.Front(disk, default);
        GuestStore.Set(DiskPath.FrontEnds, default, StorePermissions.ReadBy(XenStore.DomainNumber));
        SetFront(disk, "backend"u8, back.Text);
        SetFront(disk, "backend-id"u8, "0"u8);
        Span<byte> number = stackalloc byte[DecimalText.MostDigits];
        SetFront(disk, "virtual-device"u8, number.Slice(0, DecimalText.Write(number, DiskPath.Number(disk))));
        SetFront(disk, "device-type"u8, "disk"u8);
        SetFront(disk, "state"u8, "1"u8);
        SetText(disk, "frontend"u8, front.Text);
        SetText(disk, "frontend-id"u8, "1"u8);
        SetText(disk, "online"u8, "1"u8);
        SetText(disk, "removable"u8, "0"u8);
        SetText(disk, "bootable"u8, "1"u8);
        SetText(disk, "device-type"u8, "disk"u8);
        SetText(disk, "feature-flush-cache"u8, "1"u8);
        SetText(disk, "feature-barrier"u8, "0"u8);
        SetText(disk, "feature-persistent"u8, "0"u8);
        Set(disk, "feature-max-indirect-segments"u8, MostSegments);
        Set(disk, "max-ring-page-order"u8, 0);
    }

    /// <summary>Segments of an indirect request that the back end takes: 128 KiB.</summary>
    private const ulong MostSegments = 32;

    private void SetBack(int disk, BusState state)
    {
        _disks[disk].Back = state;
        Set(disk, "state"u8, (ulong)state);
    }

    private static void Set(int disk, ReadOnlySpan<byte> node, ulong value)
    {
        Span<byte> number = stackalloc byte[DecimalText.MostDigits];
        SetText(disk, node, number.Slice(0, DecimalText.Write(number, value)));
    }

    private static void SetText(int disk, ReadOnlySpan<byte> node, scoped ReadOnlySpan<byte> value)
    {
        DiskPath path = DiskPath.Back(disk, node);
        GuestStore.Set(path.Text, value, StorePermissions.ReadBy(XenStore.DomainNumber));
    }

    private static void SetFront(int disk, ReadOnlySpan<byte> node, scoped ReadOnlySpan<byte> value)
    {
        DiskPath path = DiskPath.Front(disk, node);
        GuestStore.Set(path.Text, value, StorePermissions.OwnedBy(XenStore.DomainNumber));
    }
}
