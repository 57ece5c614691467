using Tierce.Drivers.VirtioBlock;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>
/// A disk's driver over three clients, and a device that checks what the driver offers it: each head once, of a client that may, for sectors
/// of that client.
/// </summary>
public sealed unsafe class HostedDriver : HostedDomain
{
    /// <summary>Clients: one that may read alone, and two that may write.</summary>
    public const int Clients = 3, ReadOnlyClient = 0;

    /// <summary>Sectors of each client's part; its first is a multiple of <see cref="Distance"/>.</summary>
    public const ulong Sectors = 500, Distance = 10_000;

    private const uint QueueSize = 128, Read = 0, Write = 1, Flush = 4;
    private const uint RingsSlot = 3, NotifySlot = 4, RatesSlot = 5, FirstChannelSlot = 10, FirstPeerSlot = 20;

    private readonly HashSet<uint> _offered = [];
    private readonly uint[] _taken = new uint[Clients];
    private BlockDriver _driver;
    private ushort _seen, _returned;

    /// <summary>A driver that has started.</summary>
    public HostedDriver()
    {
        List(StartupPurpose.Events, 1);
        List(StartupPurpose.Interrupt, 2);
        List(StartupPurpose.QueueRings, RingsSlot, QueueSize);
        List(StartupPurpose.DeviceMemory, NotifySlot);
        List(StartupPurpose.RateTable, RatesSlot);
        foreach (ulong fact in (ulong[])[Distance * (Clients + 1), (ulong)BlockFeatures.Flush, 512, (ulong)QueueFeatures.None, 0])
        {
            List(StartupPurpose.DeviceFact, 0, fact);
        }

        for (uint i = 0; i < Clients; i++)
        {
            List(StartupPurpose.BlockChannel, FirstChannelSlot + i);
            List(StartupPurpose.Peer, FirstPeerSlot + i, 1);
            foreach (ulong fact in (ulong[])[i == ReadOnlyClient ? 1UL : 0, (i + 1) * Distance, Sectors])
            {
                List(StartupPurpose.ClientFact, 0, fact);
            }
        }

        var slots = new SlotAllocator(1000);
        _driver.Open(Startup, ref slots);
        Run();
    }

    /// <summary>Heads of a client.</summary>
    public static uint HeadsOfClient => BusDevice.HeadsOfClient(QueueSize, Clients);

    /// <summary>Heads that the device has.</summary>
    public IReadOnlyCollection<uint> Offered => _offered;

    /// <summary>Root sets the limits of a client.</summary>
    public void Limit(int client, ulong operations, ulong bytes)
    {
        ((ClientRate*)Mapped(RatesSlot))[client] = new ClientRate { Operations = operations, Bytes = bytes };
        Pending |= RateTable.ChangedBit;
    }

    /// <summary>A client's channel.</summary>
    public BlockChannel* Channel(int client) => (BlockChannel*)Mapped(FirstChannelSlot + (ulong)client);

    /// <summary>Runs the driver until it waits, then lets the device look at what it was offered.</summary>
    public void Run()
    {
        Assert.Throws<WaitsException>(() => _driver.Run());
        for (int i = 0; i < Clients; i++)
        {
            uint taken = Channel(i)->Taken;
            Assert.True(taken - _taken[i] <= BlockChannel.Entries, "more requests are taken than the channel holds");
            _taken[i] = taken;
        }

        byte* rings = Mapped(RingsSlot);
        ushort* available = (ushort*)(rings + QueueLayout.Available);
        while (_seen != available[1])
        {
            uint head = available[2 + (_seen++ % QueueSize)];
            Check(head, (ulong*)(rings + QueueLayout.Headers + (head * QueueLayout.HeaderSize)));
        }
    }

    /// <summary>The device returns a head with a status. It need not have it.</summary>
    public void Return(uint head, byte status)
    {
        _offered.Remove(head);
        byte* rings = Mapped(RingsSlot);
        if (head < QueueSize)
        {
            rings[QueueLayout.Headers + (head * QueueLayout.HeaderSize) + QueueLayout.Status] = status;
        }

        ushort* used = (ushort*)(rings + QueueLayout.Used);
        *(uint*)(rings + QueueLayout.Used + 4 + (_returned % QueueSize * 8)) = head;
        used[1] = ++_returned;
    }

    private void Check(uint head, ulong* header)
    {
        uint client = head / HeadsOfClient;
        Assert.True(client < Clients, $"head {head} is no client's");
        Assert.True(_offered.Add(head), $"head {head} is offered twice");
        Assert.True(new BlockShapes(HeadsOfClient).TryGet(head % HeadsOfClient, out BlockShape shape), $"there is no head {head}");
        if (head % HeadsOfClient == 0)
        {
            Assert.Equal(Flush, header[0]);
            return;
        }

        Assert.Equal(shape.FromDisk ? Read : Write, header[0]);
        Assert.True(shape.FromDisk || client != ReadOnlyClient, "a client writes that may not");
        ulong first = (client + 1) * Distance;
        Assert.InRange(header[1], first, first + Sectors - (shape.Bytes / 512));
    }
}
