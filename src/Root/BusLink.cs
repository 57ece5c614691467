using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Root;

/// <summary>Root's side of the table that it shares with the bus. Root never waits for the bus once guests run.</summary>
public unsafe struct BusLink
{
    // SAFETY: Open maps the table for root's life; the bus can write all of it, so each value is read once and checked.

    private const ulong Address = 0x0000_0046_0000_0000;

    /// <summary>Memory of the table, in root's table of capabilities; 0 if there is no bus.</summary>
    public uint TableSlot { get; private set; }

    private static BusTable* Table => (BusTable*)Address;

    /// <summary>Makes and maps the table.</summary>
    public Status Open(ref RootState root)
    {
        Status status = root.AllocateForDevice(1, out Memory memory, out _);
        TableSlot = memory.Slot;
        return status != Status.Ok ? status : memory.Map(Domain.Own, Address, 0, 1, CapRights.Read | CapRights.Write, root.Slots.Take());
    }

    /// <summary>The device of a kind with a number, counted from 0; -1 if the bus has found fewer.</summary>
    public static int Find(DeviceKind kind, int number)
    {
        uint count = Volatile.Read(ref Table->Count);
        for (int i = 0; i < (int)count && i < BusTable.MostDevices; i++)
        {
            if (Volatile.Read(ref *(uint*)&Line(i)->Kind) == (uint)kind && number-- == 0)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>What the bus says of a device.</summary>
    public static BusDevice Facts(int line) => *Line(line);

    /// <summary>Writes what the device needs, and that root wants it set up. The bus is signalled afterwards.</summary>
    public static void SetUp(int line, in BusDevice wanted)
    {
        BusDevice* device = Line(line);
        device->Queue = wanted.Queue;
        device->QueueAddress = wanted.QueueAddress;
        device->RingsAddress = wanted.RingsAddress;
        device->Clients = wanted.Clients;
        device->QueueSize = wanted.QueueSize;
        device->MessageAddress = wanted.MessageAddress;
        device->MessageData = wanted.MessageData;
        for (int i = 0; i < BusDevice.MostClients; i++)
        {
            device->Pools[i] = wanted.Pools[i];
        }

        Again(line);
    }

    /// <summary>Wants the device reset and set up once more, with what was written before.</summary>
    public static void Again(int line) => Volatile.Write(ref *(uint*)&Line(line)->Command, (uint)DeviceCommand.SetUp);

    /// <summary>Whether the bus has done what root wanted, and the device works.</summary>
    public static bool IsReady(int line, out bool done)
    {
        done = Volatile.Read(ref *(uint*)&Line(line)->Command) == (uint)DeviceCommand.None;
        return done && Volatile.Read(ref *(uint*)&Line(line)->State) == (uint)DeviceState.Ready;
    }

    private static BusDevice* Line(int line) => &Table->First + line;
}
