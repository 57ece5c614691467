using System.Buffers.Binary;
using System.Text;
using Tierce.Abi;
using Tierce.Monitor;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>A monitor's control of disks, all but the first of which are unplugged. The test is the guest, root, and the back end.</summary>
public sealed unsafe class HostedDisks : HostedDomain
{
    /// <summary>The front ends in the guest's store.</summary>
    public const string First = "device/vbd/51712", Second = "device/vbd/51728";

    /// <summary>Their back ends.</summary>
    public const string SecondBack = "/local/domain/0/backend/vbd/1/51728";

    private const uint ControlSlot = 1, PlugSlot = 2, BackEndSlot = 3, FirstEventSlot = 10;

    private readonly byte[] _ring = new byte[4096];
    private readonly byte[] _rom = new byte[4096];
    private DiskControl _control;

    /// <summary>A monitor that has written its first nodes.</summary>
    /// <param name="count">Disks.</param>
    public HostedDisks(uint count = 2)
    {
        List(StartupPurpose.DeviceControl, ControlSlot);
        List(StartupPurpose.PlugTable, PlugSlot);
        List(StartupPurpose.BackEnd, BackEndSlot);
        for (uint i = 0; i < count; i++)
        {
            List(StartupPurpose.GuestEvent, FirstEventSlot + i);
        }

        // The store belongs to the process: an earlier test may have used it. The page shows its wish before the monitor maps it.
        GuestStore.Remove("/local"u8);
        GuestStore.Remove("/vm"u8);
        GuestStore.Initialise("guest"u8, new GuestLayout { RamFrames = 4096 });
        var slots = new SlotAllocator(1000);
        _control.Open(Startup, ref slots);
        Ask(StoreWire.ResetWatches, string.Empty);
        Wish(0, true);
        Events.Clear();
    }

    /// <summary>Watch events that the guest has got, as path and token.</summary>
    public IList<string> Events { get; } = [];

    /// <summary>What the monitor wishes of the back end for a disk.</summary>
    public DeviceControlLine* Line(int disk) => (DeviceControlLine*)Mapped(ControlSlot) + disk;

    /// <summary>What the monitor shows root.</summary>
    public PlugState State(int disk) => ((PlugLine*)Mapped(PlugSlot) + disk)->State;

    /// <summary>The event channel that the ROM knows for a disk.</summary>
    public ulong Port(int disk)
    {
        fixed (byte* rom = _rom)
        {
            return ((RomInfo*)rom)->DevicePorts[disk];
        }
    }

    /// <summary>Root plugs or unplugs a disk.</summary>
    public void Wish(int disk, bool plugged)
    {
        ((PlugLine*)Mapped(PlugSlot) + disk)->Wanted = plugged ? 1U : 0;
        Pump();
    }

    /// <summary>The back end does what the monitor wishes.</summary>
    public void Fulfil(int disk)
    {
        Line(disk)->State = Line(disk)->Connect != 0 ? BackEndState.Connected : BackEndState.Closed;
        Line(disk)->Fulfilled = Line(disk)->Wish;
        Pump();
    }

    /// <summary>The guest's front end makes its ring and connects.</summary>
    public void Connect(int disk, string front, uint port)
    {
        Write(front + "/ring-ref", "8");
        Write(front + "/event-channel", $"{port}");
        Write(front + "/state", "3");
        Fulfil(disk);
        Write(front + "/state", "4");
    }

    /// <summary>The guest reads a node; null if there is none.</summary>
    public string? Read(string path)
    {
        (uint type, string payload) = Ask(StoreWire.Read, path + "\0");
        return type == StoreWire.Error ? null : payload;
    }

    /// <summary>The guest writes a node.</summary>
    public void Write(string path, string value) => Ask(StoreWire.Write, $"{path}\0{value}");

    /// <summary>The guest removes a node.</summary>
    public void Remove(string path) => Ask(StoreWire.Remove, path + "\0");

    /// <summary>A folder of the guest's own stands where the front end of a disk would.</summary>
    public static void GiveFrontEnd(int disk)
    {
        DiskPath path = DiskPath.Front(disk, default);
        GuestStore.Set(path.Text, default, StorePermissions.OwnedBy(XenStore.DomainNumber));
    }

    /// <summary>The guest watches a node.</summary>
    public void Watch(string path) => Ask(StoreWire.Watch, $"{path}\0t\0");

    private void Pump()
    {
        GuestStore.Pump(_ring);
        _control.Pump(_rom);
        GuestStore.Pump(_ring);
        while (Take(out uint type, out string payload))
        {
            Assert.Equal(StoreWire.WatchEvent, type);
            Events.Add(payload.TrimEnd('\0').Replace('\0', ' '));
        }
    }

    private (uint Type, string Payload) Ask(uint type, string payload)
    {
        byte[] message = new byte[16 + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, type);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(12), payload.Length);
        Encoding.ASCII.GetBytes(payload, message.AsSpan(16));
        uint produced = Index(2052);
        for (int i = 0; i < message.Length; i++)
        {
            _ring[(produced + (uint)i) & 1023] = message[i];
        }

        BinaryPrimitives.WriteUInt32LittleEndian(_ring.AsSpan(2052), produced + (uint)message.Length);
        GuestStore.Pump(_ring);
        (uint Type, string Payload)? answer = null;
        while (Take(out uint got, out string text))
        {
            if (got == StoreWire.WatchEvent)
            {
                Events.Add(text.TrimEnd('\0').Replace('\0', ' '));
            }
            else
            {
                answer = (got, text);
            }
        }

        Pump();
        return answer!.Value;
    }

    private bool Take(out uint type, out string payload)
    {
        type = 0;
        payload = string.Empty;
        uint consumed = Index(2056);
        if (Index(2060) == consumed)
        {
            return false;
        }

        byte[] header = Bytes(consumed, 16);
        type = BinaryPrimitives.ReadUInt32LittleEndian(header);
        int length = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12));
        payload = Encoding.ASCII.GetString(Bytes(consumed + 16, length));
        BinaryPrimitives.WriteUInt32LittleEndian(_ring.AsSpan(2056), consumed + 16 + (uint)length);
        GuestStore.Pump(_ring);
        return true;
    }

    private byte[] Bytes(uint first, int count) => [.. Enumerable.Range(0, count).Select(i => _ring[1024 + (int)((first + (uint)i) & 1023)])];

    private uint Index(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_ring.AsSpan(offset));
}
