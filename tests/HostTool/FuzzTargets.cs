using System.Text;
using Tierce.Guest;
using Tierce.Tool.Boot;

namespace Tierce.HostTool.Tests;

/// <summary>What takes bytes of a guest: each method hands its input to one parser, and throws where that one is at fault.</summary>
internal static class FuzzTargets
{
    private const string Token = "0123abcd";

    /// <summary>A console's stream, first byte: whether others write too. However it is cut into pieces, the same comes out.</summary>
    public static void Frames(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        bool mixed = (input[0] & 1) != 0;
        string whole = Decode(input.AsSpan(1), input.Length, mixed);
        Assert.Equal(whole, Decode(input.AsSpan(1), 1, mixed));
        Assert.Equal(whole, Decode(input.AsSpan(1), 1 + (input[0] >> 1), mixed));
    }

    private static string Decode(ReadOnlySpan<byte> stream, int piece, bool mixed)
    {
        Sink sink = new();
        FrameDecoder decoder = new(Token, mixed, sink);
        for (; stream.Length > piece; stream = stream[piece..])
        {
            decoder.Write(stream[..piece]);
        }

        decoder.Write(stream);
        decoder.End();
        return $"{sink.Rest}\n{sink.Frames}";
    }

    private sealed class Sink : IConsoleSink
    {
        public StringBuilder Rest { get; } = new();

        public StringBuilder Frames { get; } = new();

        public void Plain(ReadOnlySpan<byte> bytes) => Rest.Append(Encoding.Latin1.GetString(bytes));

        public void Frame(char type, ReadOnlySpan<byte> payload)
        {
            Assert.InRange(payload.Length, 0, FrameFormat.LargestPayload);
            Frames.Append(type).Append(Convert.ToHexString(payload)).Append('\n');
        }

        public void Damaged() => Frames.Append("damaged\n");
    }
}
