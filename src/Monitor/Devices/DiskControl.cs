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
    // SAFETY: Open maps the control page for the domain's life; what the back end writes there is read once and trusted as far as it tells
    // the guest of its own disk.

    private const ulong Address = 0x0000_0011_0030_0000;

    private Disks _disks;
    private Notification _backEnd;
    private DeviceControlLine* _lines;

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
        _lines = (DeviceControlLine*)Address;
        _backEnd = new Notification(startup.Slot(StartupPurpose.BackEnd));
        while (Count < DeviceControl.MostDevices && startup.TryGet(StartupPurpose.GuestEvent, Count, out _, out _))
        {
            WriteNodes(Count);
            SetBack(Count, BusState.InitialWait);
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
            DiskPath path = DiskPath.Front(i, "state"u8);
            if (GuestStore.TryReadNumber(path.Text, out uint state) && (BusState)state != _disks[i].Front)
            {
                _disks[i].Front = (BusState)state;
                changed |= FrontChanged(i, romInfo);
            }

            changed |= BackChanged(i);
        }

        return changed;
    }

    private bool FrontChanged(int disk, Span<byte> romInfo)
    {
        switch (_disks[disk].Front)
        {
            case BusState.Initialising when _disks[disk].Back == BusState.Closed:
                SetBack(disk, BusState.InitialWait);
                return true;
            case BusState.Initialised or BusState.Connected when _disks[disk].Back == BusState.InitialWait:
                WishForRing(disk, romInfo);
                return false;
            case BusState.Closing:
                Wish(disk, connect: false);
                SetBack(disk, BusState.Closing);
                return true;
            case BusState.Closed when _disks[disk].Back is not BusState.Closed:
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

        fixed (byte* page = romInfo)
        {
            Volatile.Write(ref ((RomInfo*)page)->DevicePorts[disk], port);
        }

        _lines[disk].RingReference = reference;
        Wish(disk, connect: true);
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
        GuestStore.Set(path.Text, value);
    }

    private static void SetFront(int disk, ReadOnlySpan<byte> node, scoped ReadOnlySpan<byte> value)
    {
        DiskPath path = DiskPath.Front(disk, node);
        GuestStore.Set(path.Text, value);
    }
}
