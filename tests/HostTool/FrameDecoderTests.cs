using System.Text;
using Tierce.Guest;
using Tierce.Tool.Boot;

namespace Tierce.HostTool.Tests;

/// <summary>Frames come out whole however the console's bytes are cut, and what is none passes unchanged.</summary>
public sealed class FrameDecoderTests
{
    private const string Token = "0123abcd";

    private static readonly byte[] s_allBytes = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    private static readonly byte[] s_noise = [0xff, .. "noise"u8, 0xff, 0xff];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(10_000)]
    public void FramesAndTheRestAreToldApart(int piece)
    {
        byte[] largest = [.. Enumerable.Range(0, FrameFormat.LargestPayload).Select(i => (byte)(i * 7))];
        byte[] stream =
        [
            .. "[    0.0] Linux\r\n"u8,
            .. Encode('o', 0, s_allBytes),
            .. s_noise,
            .. Encode('e', 0, []),
            .. Encode('o', 0, largest),
            .. Encode('s', 0, "7"u8),
            .. "end"u8,
        ];
        Sink sink = Decode(stream, piece, mixed: false);
        Assert.Equal("[    0.0] Linux\r\n" + Encoding.Latin1.GetString(s_noise) + "end", sink.Rest.ToString());
        Assert.Equal([$"o {Convert.ToHexString(s_allBytes)}", "e ", $"o {Convert.ToHexString(largest)}", "s 37"], sink.Frames);
        Assert.Equal(0, sink.Spoilt);
    }

    /// <summary>Control characters mean something to terminals and multiplexers on the way.</summary>
    [Fact]
    public void EveryByteOfAFrameIsAboveAscii() => Assert.All(Encode('i', 1, s_allBytes), value => Assert.InRange(value, 0x80, 0xff));

    /// <summary>A kernel's line may come between any two bytes of a frame.</summary>
    [Fact]
    public void LinesOfTheKernelDoNotDamageAFrameThatTheyCut()
    {
        byte[] frame = Encode('o', 1, s_allBytes);
        for (int place = 0; place <= frame.Length; place++)
        {
            Sink sink = Decode([.. frame[..place], .. "[    1.5] a line\r\n"u8, .. frame[place..]], 10_000, mixed: true);
            Assert.Equal([$"o {Convert.ToHexString(s_allBytes)}"], sink.Frames);
            Assert.Equal("[    1.5] a line\r\n", sink.Rest.ToString());
            Assert.Equal(0, sink.Spoilt);
        }
    }

    /// <summary>What cannot be told from a frame's bytes is noticed wherever it comes, and so is each byte that is missing or changed.</summary>
    [Fact]
    public void DamageIsNoticed()
    {
        byte[] frame = Encode('o', 1, s_allBytes);
        byte[] next = Encode('d', 2, []);
        for (int place = 0; place < frame.Length; place++)
        {
            byte[] changed = [.. frame];
            changed[place] ^= 0x11;
            foreach (byte[] damaged in (byte[][])[[.. frame[..place], 0xc3, 0xbc, .. frame[place..]], [.. frame[..place], .. frame[(place + 1)..]], changed])
            {
                Sink sink = Decode([.. damaged, .. next], 10_000, mixed: true);
                bool whole = sink.Frames.Contains($"o {Convert.ToHexString(s_allBytes)}");
                Assert.True(whole ? place == 0 : sink.Spoilt > 0, $"at {place}");
            }
        }
    }

    [Fact]
    public void FrameThatIsMissingIsNoticed()
    {
        Assert.Equal(0, Decode([.. Encode('o', 1, []), .. Encode('e', 2, []), .. Encode('l', 0, []), .. Encode('d', 3, [])], 100, mixed: true).Spoilt);
        Assert.Equal(1, Decode([.. Encode('o', 1, []), .. Encode('d', 3, [])], 100, mixed: true).Spoilt);
    }

    /// <summary>A guest that ended in the middle of a frame and was started again has lost no more than that frame.</summary>
    [Fact]
    public void NextLifeBeginsAnew()
    {
        Sink sink = Decode([.. Encode('o', 1, s_allBytes)[..^50], .. "[    0.0] Linux\r\n"u8, .. Encode('b', 0, []), .. Encode('o', 1, "x"u8)], 10_000, mixed: true);
        Assert.Equal(["b ", "o 78"], sink.Frames);
        Assert.Equal("[    0.0] Linux\r\n", sink.Rest.ToString());
        Assert.Equal(0, sink.Spoilt);
    }

    [Fact]
    public void FrameOfAnotherSessionIsText()
    {
        byte[] start = FrameDecoder.Start("ffffffff");
        byte[] frame = new byte[FrameFormat.LargestFrame];
        byte[] stream = frame[..FrameFormat.Encode(start, (byte)'s', 0, "0"u8, frame)];
        Sink sink = Decode(stream, 100, mixed: true);
        Assert.Empty(sink.Frames);
        Assert.Equal(Encoding.Latin1.GetString(stream), sink.Rest.ToString());
    }

    [Fact]
    public void FrameCutShortByTheEndIsNone()
    {
        Sink sink = Decode(Encode('o', 1, "output"u8)[..^1], 100, mixed: true);
        Assert.Empty(sink.Frames);
        Assert.Empty(sink.Rest.ToString());
    }

    /// <summary>A terminal's bytes keep their order, though they look like a start.</summary>
    [Fact]
    public void StartThatIsNoneIsText()
    {
        byte[] stream = [.. FrameDecoder.Start(Token)[..4], (byte)'x', 0xff];
        Assert.Equal(Encoding.Latin1.GetString(stream), Decode(stream, 1, mixed: false).Rest.ToString());
    }

    private static byte[] Encode(char type, byte sequence, ReadOnlySpan<byte> payload)
    {
        byte[] frame = new byte[FrameFormat.LargestFrame];
        return frame[..FrameFormat.Encode(FrameDecoder.Start(Token), (byte)type, sequence, payload, frame)];
    }

    private static Sink Decode(byte[] stream, int piece, bool mixed)
    {
        Sink sink = new();
        FrameDecoder decoder = new(Token, mixed, sink);
        for (int i = 0; i < stream.Length; i += piece)
        {
            decoder.Write(stream.AsSpan(i, Math.Min(piece, stream.Length - i)));
        }

        decoder.End();
        return sink;
    }

    private sealed class Sink : IConsoleSink
    {
        public StringBuilder Rest { get; } = new();

        public List<string> Frames { get; } = [];

        public int Spoilt { get; private set; }

        public void Plain(ReadOnlySpan<byte> bytes) => Rest.Append(Encoding.Latin1.GetString(bytes));

        public void Frame(char type, ReadOnlySpan<byte> payload) => Frames.Add($"{type} {Convert.ToHexString(payload)}");

        public void Damaged() => Spoilt++;
    }
}
