using System.Runtime.InteropServices;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>
/// Fills the descriptors of a device's queues, once, with fixed requests: those of each client of a disk (<see cref="BlockShapes"/>), or
/// those of a console (<see cref="ConsoleQueues"/>). The driver chooses among them by number and can name no address.
/// </summary>
public static class DescriptorWriter
{
    private const ushort HasNext = 1, DeviceWrites = 2, IsIndirect = 4;
    private const uint HeaderBytes = 16;

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Descriptor
    {
        [FieldOffset(0)] public ulong Address;
        [FieldOffset(8)] public uint Length;
        [FieldOffset(12)] public ushort Flags;
        [FieldOffset(14)] public ushort Next;
    }

    /// <summary>Writes all of them; heads without a request get an empty table.</summary>
    /// <param name="memory">The first parts of the queues' memory.</param>
    /// <param name="kind">The kind of the device.</param>
    /// <param name="device">Addresses and clients.</param>
    public static void Write(Span<byte> memory, DeviceKind kind, ref BusDevice device)
    {
        memory.Clear();
        if (kind == DeviceKind.Console)
        {
            WriteConsole(memory, device);
        }
        else
        {
            WriteDisk(memory, ref device);
        }
    }

    private static void WriteConsole(Span<byte> memory, in BusDevice device)
    {
        const ulong Page = 4096;
        for (int queue = 0; queue < ConsoleQueues.Count; queue++)
        {
            ulong bytes = device.RingsAddress + ((ulong)queue * QueueLayout.DriverPages * Page) + QueueLayout.Headers;
            Span<Descriptor> own = MemoryMarshal.Cast<byte, Descriptor>(memory.Slice(queue * (int)(QueueLayout.DescriptorPages * Page), (int)QueueLayout.Indirect));
            for (uint head = 0; head < ConsoleQueues.Heads(queue); head++)
            {
                int flags = ConsoleQueues.DeviceWrites(queue) ? DeviceWrites : 0;
                Put(ref own[(int)head], bytes + ConsoleQueues.Offset(queue, head), ConsoleQueues.Bytes(queue, head), flags, 0);
            }
        }
    }

    private static unsafe void WriteDisk(Span<byte> memory, ref BusDevice device)
    {
        uint heads = BusDevice.HeadsOfClient(device.QueueSize, device.Clients);
        var shapes = new BlockShapes(heads);
        for (uint client = 0; client < device.Clients; client++)
        {
            for (uint head = 0; head < heads; head++)
            {
                if (shapes.TryGet(head, out BlockShape shape))
                {
                    Write(memory, device, (client * heads) + head, device.Pools[client], shape);
                }
            }
        }
    }

    private static void Write(Span<byte> memory, in BusDevice device, uint index, ulong pool, in BlockShape shape)
    {
        ulong header = device.RingsAddress + QueueLayout.Headers + (index * QueueLayout.HeaderSize);
        uint table = QueueLayout.Indirect + (index * QueueLayout.IndirectSize);
        Span<Descriptor> chain = MemoryMarshal.Cast<byte, Descriptor>(memory.Slice((int)table, (int)QueueLayout.IndirectSize));
        Put(ref chain[0], header, HeaderBytes, HasNext, 1);
        int last = 1;
        if (shape.Bytes != 0)
        {
            Put(ref chain[1], pool + shape.Offset, shape.Bytes, shape.FromDisk ? HasNext | DeviceWrites : HasNext, 2);
            last = 2;
        }

        Put(ref chain[last], header + QueueLayout.Status, 1, DeviceWrites, 0);
        Span<Descriptor> own = MemoryMarshal.Cast<byte, Descriptor>(memory.Slice((int)(index * QueueLayout.DescriptorSize), (int)QueueLayout.DescriptorSize));
        Put(ref own[0], device.QueueAddress + table, (uint)(last + 1) * QueueLayout.DescriptorSize, IsIndirect, 0);
    }

    private static void Put(ref Descriptor descriptor, ulong address, uint length, int flags, ushort next)
    {
        descriptor.Address = address;
        descriptor.Length = length;
        descriptor.Flags = (ushort)flags;
        descriptor.Next = next;
    }
}
