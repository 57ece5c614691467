using System.Runtime.InteropServices;
using Tierce.Drivers.Bus;
using Tierce.Hosted;
using Tierce.Runtime.Devices;

namespace Tierce.User.Consoles;

/// <summary>What the bus tells a virtio console.</summary>
public sealed class ConsoleQueuesTests
{
    private const ulong Page = 4096;

    /// <summary>Whatever a driver names, the device moves bytes of that queue, in its direction.</summary>
    [Fact]
    public void No_descriptor_leaves_the_bytes_of_its_queue()
    {
        BusDevice device = new() { QueueSize = 32, QueueAddress = 0x1_0000_0000, RingsAddress = 0x2_0000_0000 };
        byte[] memory = new byte[ConsoleQueues.Count * QueueLayout.DescriptorPages * Page];
        Array.Fill(memory, (byte)0xff);
        DescriptorWriter.Write(memory, DeviceKind.Console, ref device);
        for (int queue = 0; queue < ConsoleQueues.Count; queue++)
        {
            ulong first = device.RingsAddress + ((ulong)queue * QueueLayout.DriverPages * Page) + QueueLayout.Headers;
            ulong end = device.RingsAddress + (((ulong)queue + 1) * QueueLayout.DriverPages * Page);
            ReadOnlySpan<Descriptor> all = MemoryMarshal.Cast<byte, Descriptor>(memory.AsSpan(queue * (int)(QueueLayout.DescriptorPages * Page), (int)(QueueLayout.DescriptorPages * Page)));
            List<(ulong First, ulong End)> moved = [];
            for (int head = 0; head < all.Length; head++)
            {
                Descriptor own = all[head];
                if (head >= ConsoleQueues.Heads(queue))
                {
                    Assert.Equal(default, own);
                    continue;
                }

                Assert.Equal((ConsoleQueues.DeviceWrites(queue) ? (ushort)2 : (ushort)0, (ushort)0), (own.Flags, own.Next));
                Assert.True(own.Address >= first && own.Length != 0 && own.Address + own.Length <= end, $"head {head} of queue {queue} leaves its bytes");
                Assert.DoesNotContain(moved, other => own.Address < other.End && other.First < own.Address + own.Length);
                moved.Add((own.Address, own.Address + own.Length));
            }
        }
    }

    [Theory]
    [InlineData("Headers;\n            Span<Descriptor> own", "Headers + 4096;\n            Span<Descriptor> own")]
    [InlineData("ConsoleQueues.DeviceWrites(queue) ? DeviceWrites : 0", "DeviceWrites")]
    public void A_wrong_descriptor_is_noticed(string old, string @new) => Twin.MustFail(
        typeof(ConsoleQueuesTests), nameof(No_descriptor_leaves_the_bytes_of_its_queue), [], new Change("src/Drivers/Bus/DescriptorWriter.cs", old, @new));

    [StructLayout(LayoutKind.Sequential)]
    private struct Descriptor
    {
        public ulong Address;
        public uint Length;
        public ushort Flags;
        public ushort Next;
    }
}
