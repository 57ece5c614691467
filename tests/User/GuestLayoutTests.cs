using System.Buffers.Binary;
using Tierce.Monitor;

namespace Tierce.User;

public sealed class GuestLayoutTests
{
    private const ulong Ram = (128UL << 20) / 4096;

    [Theory]
    [InlineData(0x80_0000_0000UL, true, 3 << 20)]
    [InlineData(0x80_0000_0000UL, true, 0)]
    [InlineData(null, true, 12345)]
    [InlineData(null, false, 12345)]
    [InlineData(0x80_0000_0000UL, false, 5 << 20)]
    public void What_the_tables_map_is_what_the_interface_promises(ulong? initialP2M, bool moduleByFrame, int ramDisk)
    {
        GuestLayout layout = TestKernel.Plan(TestKernel.Debian(initialP2M, moduleByFrame).ToFile(), Ram, (ulong)ramDisk, out BuildError error);
        Assert.Equal(BuildError.None, error);
        ArrayFrames frames = new(layout.AllFrames);
        GuestBuilder.WritePages(ref frames, layout, "console=hvc0"u8);
        GuestBuilder.WriteTranslations(ref frames, layout);

        // Virtual base + n is frame n, up to the end of the mapping; table frames, and those alone, are read only.
        ulong mapped = (layout.VirtualEnd - layout.VirtualBase) >> 12;
        Assert.Equal(0UL, layout.VirtualEnd & 0x3f_ffff);
        Assert.True(mapped >= layout.BootStack + 1 + 128);
        for (ulong frame = 0; frame < mapped; frame++)
        {
            ulong entry = Walk(frames, layout.RootFrame, layout.VirtualBase + (frame << 12));
            bool table = frame >= layout.RootFrame && frame < layout.RootFrame + layout.TableFrames;
            Assert.Equal((frame << 12) | (table ? 0x21UL : 0x23UL), entry);
        }

        Assert.Equal(0UL, Walk(frames, layout.RootFrame, layout.VirtualEnd));
        CheckFrameList(frames, layout);
        CheckBitmap(frames, layout);
        Assert.True(layout.UsedRam <= layout.RamFrames);
        Assert.True(layout.RomData + layout.RomDataFrames <= layout.AllFrames);
    }

    [Fact]
    public void Start_info_has_the_numbers()
    {
        GuestLayout layout = TestKernel.Plan(TestKernel.Debian().ToFile(), Ram, 4097, out _);
        byte[] page = new byte[4096];
        StartInfoPage.Write(page, layout, "quiet"u8);
        Assert.True(page.AsSpan().StartsWith("xen-3.0-x86_64\0"u8));
        ulong At(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(page.AsSpan(offset));
        Assert.Equal(Ram, At(32));
        Assert.Equal(layout.SharedInfo << 12, At(40));
        Assert.Equal(8UL, At(48));
        Assert.Equal(layout.StoreRing, At(56));
        Assert.Equal(layout.ConsoleRing, At(72));
        Assert.Equal(layout.VirtualBase + (layout.RootFrame << 12), At(88));
        Assert.Equal(layout.TableFrames, At(96));
        Assert.Equal(0x80_0000_0000UL, At(104));
        Assert.Equal(layout.RamDiskFrame, At(112));
        Assert.Equal(4097UL, At(120));
        Assert.Equal(layout.P2MFrame, At(1152));
        Assert.Equal(layout.P2MFrames, At(1160));
        Assert.True(page.AsSpan(128).StartsWith("quiet\0"u8));
    }

    [Fact]
    public void A_long_command_line_keeps_its_ending_zero()
    {
        byte[] page = new byte[4096];
        StartInfoPage.Write(page, default, new byte[5000].Select(_ => (byte)'x').ToArray());
        Assert.Equal((byte)'x', page[128 + 1022]);
        Assert.Equal(0, page[128 + 1023]);
    }

    private static void CheckFrameList(ArrayFrames frames, in GuestLayout layout)
    {
        for (ulong i = 0; i < layout.P2MListFrames; i++)
        {
            ulong address = layout.P2MAddress + (i << 12);
            Assert.Equal(layout.P2MFrame + i, (Walk(frames, layout.RootFrame, address) & 0xf_ffff_ffff_f000) >> 12);
        }

        Span<byte> last = frames.Frame(layout.P2MFrame + ((layout.RamFrames - 1) / 512));
        Assert.Equal(layout.RamFrames - 1, BinaryPrimitives.ReadUInt64LittleEndian(last[(int)(((layout.RamFrames - 1) % 512) * 8)..]));
        ulong beyond = layout.RamFrames + 1;
        Span<byte> translation = frames.Frame(layout.MachineToPhysical + (beyond / 512));
        Assert.Equal(ulong.MaxValue, BinaryPrimitives.ReadUInt64LittleEndian(translation[(int)((beyond % 512) * 8)..]));
    }

    private static void CheckBitmap(ArrayFrames frames, in GuestLayout layout)
    {
        HashSet<ulong> tables = [];
        Collect(frames, layout.RootFrame, 4, tables);
        Assert.Equal(layout.TableFrames + layout.P2MTables.Frames, (ulong)tables.Count);
        for (ulong frame = 0; frame < layout.AllFrames; frame++)
        {
            bool marked = (frames.Frame(layout.TableBitmap + (frame / 32768))[(int)(frame / 8 % 4096)] & (1 << (int)(frame % 8))) != 0;
            Assert.Equal(tables.Contains(frame), marked);
        }
    }

    private static void Collect(ArrayFrames frames, ulong table, int level, HashSet<ulong> tables)
    {
        Assert.True(tables.Add(table));
        for (int i = 0; i < 512 && level > 1; i++)
        {
            ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(frames.Frame(table)[(i * 8)..]);
            if ((entry & 1) != 0)
            {
                Collect(frames, (entry & 0xf_ffff_ffff_f000) >> 12, level - 1, tables);
            }
        }
    }

    /// <summary>The processor's walk, written down as the manual says; 0 where nothing is mapped.</summary>
    private static ulong Walk(ArrayFrames frames, ulong root, ulong address)
    {
        ulong table = root;
        for (int level = 4; ; level--)
        {
            int index = (int)(address >> (12 + (9 * (level - 1)))) & 511;
            ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(frames.Frame(table)[(index * 8)..]);
            if ((entry & 1) == 0 || level == 1)
            {
                return (entry & 1) == 0 ? 0 : entry;
            }

            Assert.Equal(0x67UL, entry & 0xfff);
            table = (entry & 0xf_ffff_ffff_f000) >> 12;
        }
    }

    private readonly struct ArrayFrames(ulong count) : IGuestFrames
    {
        private readonly byte[] _bytes = NewDirty(count);

        public Span<byte> Frame(ulong frame) => _bytes.AsSpan((int)(frame * 4096), 4096);

        /// <summary>Memory that holds something else before.</summary>
        private static byte[] NewDirty(ulong count)
        {
            byte[] dirty = new byte[count * 4096];
            Array.Fill(dirty, (byte)0xa5);
            return dirty;
        }
    }
}
