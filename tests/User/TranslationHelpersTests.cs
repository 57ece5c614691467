using System.Buffers.Binary;
using System.Globalization;
using Tierce.Monitor;
using Xunit;

namespace Tierce.User.Tests;

/// <summary>The code that patch-more changes is recognised whole, and nothing else is.</summary>
public sealed class TranslationHelpersTests
{
    private const int Body = 0x4000;
    private const int BodySize = 0x100;
    private const int FrameToMachine = 0x3000;
    private const int MakeCallAt = 17;
    private const int ThunkCallAt = 12;

    [Fact]
    public void TenHelpersAreFound()
    {
        var offsets = new int[TranslationHelpers.Count];
        Assert.True(TranslationHelpers.Find(Text(), offsets));
        Assert.Equal(Enumerable.Range(0, TranslationHelpers.Count).Select(Thunk), offsets);
    }

    [Fact]
    public void NineOrElevenAreRefused()
    {
        byte[] nine = Text();
        nine[Thunk(3)] = 0x90;
        Assert.False(Finds(nine));
        byte[] eleven = Text();
        PutThunk(eleven, TranslationHelpers.Count, 0);
        Assert.False(Finds(eleven));
    }

    [Fact]
    public void OneByteThatDiffersIsRefused()
    {
        // A byte of a thunk, of a value body, of a make body, of what that calls.
        foreach (int at in new[] { Thunk(0) + 20, Body + 7, Body + (5 * BodySize) + 8, FrameToMachine + 100 })
        {
            byte[] text = Text();
            text[at] ^= 1;
            Assert.False(Finds(text), at.ToString("x", CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void CallOutOfTheTextIsRefused()
    {
        byte[] text = Text();
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(Thunk(0) + ThunkCallAt + 1), int.MaxValue);
        Assert.False(Finds(text));
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(Thunk(0) + ThunkCallAt + 1), int.MinValue);
        Assert.False(Finds(text));
    }

    [Fact]
    public void LimitIsFoundOnceOrRefused()
    {
        byte[] code = Bytes(HotplugLimit.Code);
        var text = new byte[1000];
        Assert.Equal(-1, HotplugLimit.Find(text));
        code.CopyTo(text, 300);
        Assert.Equal(300, HotplugLimit.Find(text));
        code.CopyTo(text, 500);
        Assert.Equal(-1, HotplugLimit.Find(text));
    }

    private static bool Finds(byte[] text) => TranslationHelpers.Find(text, new int[TranslationHelpers.Count]);

    private static int Thunk(int index) => 0x100 + (index * BytePattern.Length(TranslationHelpers.Thunk));

    private static byte[] Text()
    {
        var text = new byte[0x6000];
        Bytes(TranslationHelpers.FrameToMachine).CopyTo(text, FrameToMachine);
        for (int i = 0; i < TranslationHelpers.Count; i++)
        {
            bool value = i < 5;
            int body = Body + (i * BodySize);
            Bytes(value ? TranslationHelpers.Value : TranslationHelpers.Make).CopyTo(text, body);
            if (!value)
            {
                PutCall(text, body + MakeCallAt, FrameToMachine);
            }

            PutThunk(text, i, i);
        }

        return text;
    }

    private static void PutThunk(byte[] text, int index, int body)
    {
        Bytes(TranslationHelpers.Thunk).CopyTo(text, Thunk(index));
        PutCall(text, Thunk(index) + ThunkCallAt, Body + (body * BodySize));
    }

    private static void PutCall(byte[] text, int at, int target)
    {
        text[at] = 0xe8;
        BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(at + 1), target - at - 5);
    }

    private static byte[] Bytes(ReadOnlySpan<byte> pattern)
    {
        var bytes = new byte[BytePattern.Length(pattern)];
        for (int i = 0; i < bytes.Length; i++)
        {
            string digits = string.Create(CultureInfo.InvariantCulture, $"{(char)pattern[2 * i]}{(char)pattern[(2 * i) + 1]}");
            bytes[i] = digits == "??" ? (byte)0x5a : byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        return bytes;
    }
}
