using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using Tierce.Drivers.BlockBack;
using Tierce.Drivers.Bus;
using Tierce.Runtime.Devices;

namespace Tierce.User;

/// <summary>The fixed requests of a disk's clients, the descriptors that the bus writes for them, and the buffers that a back end takes.</summary>
public sealed class BlockShapesTests
{
    public static IEnumerable<object[]> Sizes => [[BlockShapes.FewestHeads], [32U], [64U], [85U], [128U], [256U]];

    [Theory]
    [MemberData(nameof(Sizes))]
    public void Every_page_has_a_head_of_its_own_in_both_directions(uint heads)
    {
        BlockShapes shapes = new(heads);
        HashSet<uint> seen = [0];
        foreach (bool fromDisk in (bool[])[true, false])
        {
            for (uint page = 0; page < shapes.WholePages; page++)
            {
                foreach (uint pages in (uint[])[1, 4, 16])
                {
                    if (page % pages != 0 || (pages != 1 && page + pages > shapes.Blocks * BlockShapes.BlockPages))
                    {
                        continue;
                    }

                    uint head = shapes.Whole(page, pages, fromDisk);
                    Assert.True(seen.Add(head) && head < heads && shapes.TryGet(head, out BlockShape shape) && Is(shape, (1 + page) * 4096, pages * 4096, fromDisk));
                }
            }

            foreach (uint sectors in (uint[])[1, 2, 4])
            {
                for (uint first = 0; first < 8; first += sectors)
                {
                    uint head = BlockShapes.Small(first, sectors, fromDisk);
                    Assert.True(seen.Add(head) && shapes.TryGet(head, out BlockShape shape) && Is(shape, first * 512, sectors * 512, fromDisk));
                }
            }
        }
    }

    private static bool Is(BlockShape shape, uint offset, uint bytes, bool fromDisk) =>
        (shape.Offset, shape.Bytes, shape.FromDisk) == (offset, bytes, fromDisk);

    /// <summary>Whatever a driver names, the device moves bytes of that client's buffers, and headers of the queue.</summary>
    [Theory]
    [InlineData(256, 1)]
    [InlineData(256, 3)]
    [InlineData(256, 8)]
    [InlineData(128, 2)]
    [InlineData(64, 2)]
    public unsafe void No_descriptor_leaves_the_buffers_of_its_client(uint size, uint clients)
    {
        BusDevice device = new() { QueueSize = size, Clients = clients, QueueAddress = 0x1_0000_0000, RingsAddress = 0x2_0000_0000 };
        uint heads = BusDevice.HeadsOfClient(size, clients);
        uint pages = new BlockShapes(heads).Pages;
        for (uint i = 0; i < clients; i++)
        {
            device.Pools[i] = 0x10_0000_0000UL * (i + 1);
        }

        byte[] memory = new byte[QueueLayout.DescriptorPages * 4096];
        Array.Fill(memory, (byte)0xff);
        DescriptorWriter.Write(memory, DeviceKind.Block, ref device);
        ReadOnlySpan<Descriptor> descriptors = MemoryMarshal.Cast<byte, Descriptor>(memory);
        for (int head = 0; head < QueueLayout.MostEntries; head++)
        {
            Descriptor own = descriptors[head];
            if (own.Length == 0)
            {
                Assert.Equal(default, own);
                continue;
            }

            Assert.Equal((ushort)4, own.Flags);
            ulong table = own.Address - device.QueueAddress;
            Assert.Equal(QueueLayout.Indirect + ((ulong)head * QueueLayout.IndirectSize), table);
            uint client = (uint)head / heads;
            Descriptor[] chain = descriptors.Slice((int)(table / 16), (int)own.Length / 16).ToArray();
            ulong header = device.RingsAddress + QueueLayout.Headers + ((ulong)head * QueueLayout.HeaderSize);
            Assert.Equal((header, 16U, (ushort)1), (chain[0].Address, chain[0].Length, chain[0].Flags));
            Assert.Equal((header + 16, 1U, (ushort)2), (chain[^1].Address, chain[^1].Length, chain[^1].Flags));
            Assert.True(chain.Length == 2 || (chain[1].Address >= device.Pools[client] && chain[1].Address + chain[1].Length <= device.Pools[client] + (pages * 4096)));
            Assert.Equal(Enumerable.Range(1, chain.Length - 1), chain.SkipLast(1).Select(one => (int)one.Next));
        }
    }

    /// <summary>Pages are taken once, and those that were freed can be taken again, whatever the order.</summary>
    [Fact]
    public void No_page_is_taken_twice() => Prop.ForAll<uint[], byte>((wishes, kind) =>
    {
        BlockShapes shapes = new(new uint[] { 31, 64, 128, 256 }[kind % 4]);
        BufferPages pages = new(shapes);
        List<(uint Page, uint Pages)> taken = [];
        bool good = true;
        foreach (uint wish in wishes)
        {
            uint wanted = 1 + (wish % 40);
            uint got = pages.Take(wanted, wholeBlocks: false, out uint page);
            good &= got <= wanted && (got == 0 || (page % got == 0 && page + got <= shapes.WholePages && shapes.TryGet(shapes.Whole(page, got, true), out _)));
            good &= got == 0 || !taken.Any(one => page < one.Page + one.Pages && one.Page < page + got);
            good &= got != 0 || taken.Sum(one => one.Pages) == shapes.WholePages;
            if (got != 0)
            {
                taken.Add((page, got));
            }

            if (wish % 3 == 0 && taken.Count > 0)
            {
                (uint Page, uint Pages) one = taken[(int)(wish % (uint)taken.Count)];
                pages.Free(one.Page, one.Pages);
                taken.Remove(one);
            }
        }

        return good;
    }).QuickCheckThrowOnFailure();

    [StructLayout(LayoutKind.Explicit, Size = 16)]
    private struct Descriptor
    {
        [FieldOffset(0)] public ulong Address;
        [FieldOffset(8)] public uint Length;
        [FieldOffset(12)] public ushort Flags;
        [FieldOffset(14)] public ushort Next;
    }
}
