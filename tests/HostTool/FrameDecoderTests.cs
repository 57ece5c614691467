using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.HostTool.Tests;

/// <summary>Frames come out whole however the console's bytes are cut, and what is none passes unchanged.</summary>
public sealed class FrameDecoderTests
{
    private const string Token = "0123abcd";

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(1000)]
    public void FramesAndTheRestAreToldApart(int piece)
    {
        byte[] payload = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        byte[] stream =
        [
            .. "[    0.0] Linux\r\n"u8,
            .. FrameDecoder.Encode(Token, 'o', payload),
            .. "\u0001noise\u0001\u0001"u8,
            .. FrameDecoder.Encode(Token, 'e', []),
            .. FrameDecoder.Encode(Token, 's', "7"u8),
            .. "end"u8,
        ];
        Sink sink = new();
        FrameDecoder decoder = new(Token, sink);
        for (int i = 0; i < stream.Length; i += piece)
        {
            decoder.Write(stream.AsSpan(i, Math.Min(piece, stream.Length - i)));
        }

        decoder.End();
        Assert.Equal("[    0.0] Linux\r\n\u0001noise\u0001\u0001end", sink.Rest.ToString());
        Assert.Equal([$"o {Convert.ToHexString(payload)}", "e ", "s 37"], sink.Frames);
    }

    [Fact]
    public void FrameOfAnotherSessionIsText()
    {
        Sink sink = new();
        FrameDecoder decoder = new(Token, sink);
        decoder.Write(FrameDecoder.Encode("ffffffff", 's', "0"u8));
        decoder.End();
        Assert.Empty(sink.Frames);
        Assert.Equal("\u0001ffffffffs00010", sink.Rest.ToString());
    }

    [Fact]
    public void FrameCutShortByTheEndIsText()
    {
        Sink sink = new();
        FrameDecoder decoder = new(Token, sink);
        decoder.Write(FrameDecoder.Encode(Token, 'o', "output"u8).AsSpan()[..^1]);
        Assert.Empty(sink.Rest.ToString());
        decoder.End();
        Assert.Empty(sink.Frames);
        Assert.EndsWith("outpu", sink.Rest.ToString(), StringComparison.Ordinal);
    }

    private sealed class Sink : IConsoleSink
    {
        public StringBuilder Rest { get; } = new();

        public List<string> Frames { get; } = [];

        public void Plain(ReadOnlySpan<byte> bytes) => Rest.Append(Encoding.Latin1.GetString(bytes));

        public void Frame(char type, ReadOnlySpan<byte> payload) => Frames.Add($"{type} {Convert.ToHexString(payload)}");
    }
}
