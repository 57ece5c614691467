using System.Buffers.Binary;
using System.Text;
using Tierce.Monitor;

namespace Tierce.User;

/// <summary>What a report about a guest's crash is made of, over images and memory that may be damaged in any way.</summary>
public sealed class CrashTraceTests
{
    private const ulong Base = 0xffff_ffff_8100_0000;
    private const int Symbols = 700;

    /// <summary>The parts stand in another order since Linux 6.4; between markers and tokens some versions have three bytes a symbol.</summary>
    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Names_are_found_in_either_layout(bool offsetsLast, bool sequences)
    {
        Kallsyms symbols = new(Image(offsetsLast, sequences));
        Assert.Equal(Symbols, symbols.Count);
        Span<byte> name = stackalloc byte[40];
        foreach (int number in new[] { 1, 2, 255, 256, 257, 511, 600, Symbols - 2 })
        {
            Assert.True(symbols.TryFind(Base + ((ulong)number * 16) + 5, out int symbol, out ulong offset));
            Assert.Equal(($"function_{number}", 5UL), (Encoding.ASCII.GetString(name[..symbols.Name(symbol, name)]), offset));
        }

        // A variable, and addresses before and after all.
        Assert.False(symbols.TryFind(Base + 3, out _, out _));
        Assert.False(symbols.TryFind(Base - 1, out _, out _));
        Assert.False(symbols.TryFind(ulong.MaxValue, out _, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void No_damage_to_an_image_leads_out_of_it(int seed)
    {
        Random random = new(seed);
        byte[] good = Image(random.Next(2) == 0, random.Next(2) == 0);
        for (int round = 0; round < 40; round++)
        {
            byte[] bytes = good.AsSpan(0, random.Next(3) == 0 ? random.Next(good.Length) : good.Length).ToArray();
            for (int i = random.Next(6); i > 0 && bytes.Length > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            Kallsyms symbols = new(bytes);
            for (int i = 0; i < 50; i++)
            {
                symbols.TryFind(Base + (ulong)random.Next(Symbols * 20), out _, out _);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Tables_of_the_guest_are_followed_inside_its_memory_alone(int seed)
    {
        Random random = new(seed);
        Frames frames = new(new byte[8 * 4096]);
        ulong[] path = [3, 4, 5, 6, 7];
        for (int level = 0; level < 4; level++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(frames.Frame(path[level])[((level + 1) * 8)..], (path[level + 1] << 12) | 1);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(frames.Frame(7)[16..], 0x1234);
        GuestAddresses<Frames> memory = new(ref frames, 8, 3);
        const ulong Address = (1UL << 39) | (2UL << 30) | (3UL << 21) | (4UL << 12) | 16;
        Assert.True(memory.TryRead(Address, out ulong value));
        Assert.Equal(0x1234UL, value);
        Assert.False(memory.TryRead(Address + 4, out _));
        Assert.False(memory.TryRead(Address + 4096, out _));
        Assert.False(new GuestAddresses<Frames>(ref frames, 8, 8).TryRead(Address, out _));

        // The frames throw at one that there is not.
        for (int round = 0; round < 20_000; round++)
        {
            random.NextBytes(frames.Frame((ulong)random.Next(3, 8)));
            memory.TryRead((ulong)random.NextInt64(), out _);
        }
    }

    private static byte[] Image(bool offsetsLast, bool sequences)
    {
        List<byte> names = [];
        List<int> markers = [];
        List<int> offsets = [];
        for (int i = 0; i < Symbols; i++)
        {
            if (i % 256 == 0)
            {
                markers.Add(names.Count);
            }

            byte[] name = Encoding.ASCII.GetBytes(i == 0 ? "Dvariable" : $"tfunction_{i}");
            names.Add((byte)name.Length);
            names.AddRange(name);
            offsets.Add(-1 - (i * 16));
        }

        List<byte> tokens = [];
        List<byte> index = [];
        for (int i = 0; i < 256; i++)
        {
            index.AddRange(BitConverter.GetBytes((ushort)tokens.Count));
            if (i is > 32 and < 127)
            {
                tokens.Add((byte)i);
            }

            tokens.Add(0);
        }

        byte[] addresses = [.. Padded(offsets.SelectMany(BitConverter.GetBytes)), .. BitConverter.GetBytes(Base)];
        return
        [
            .. new byte[64], .. Padded(Encoding.ASCII.GetBytes("0\01\02\03\04\05\06\07\08\09\0 decoy ")), .. new byte[140_000],
            .. Padded([1]), .. offsetsLast ? [] : addresses,
            .. Padded(BitConverter.GetBytes(Symbols)), .. Padded(names), .. Padded(markers.SelectMany(BitConverter.GetBytes)),
            .. sequences ? Padded(Enumerable.Repeat((byte)9, Symbols * 3)) : [],
            .. Padded(tokens), .. index, .. offsetsLast ? addresses : [], .. new byte[64],
        ];
    }

    private static byte[] Padded(IEnumerable<byte> bytes)
    {
        byte[] all = [.. bytes];
        return [.. all, .. new byte[-all.Length & 7]];
    }

    private readonly struct Frames(byte[] bytes) : IGuestFrames
    {
        public Span<byte> Frame(ulong frame) => bytes.AsSpan(checked((int)frame * 4096), 4096);
    }
}
