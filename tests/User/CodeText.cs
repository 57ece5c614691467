using System.Buffers.Binary;
using System.Globalization;
using Tierce.Monitor;

namespace Tierce.User.Tests;

/// <summary>Kernel text made of patterns, for tests of what recognises it.</summary>
internal static class CodeText
{
    /// <summary>Writes a pattern; its holes become something.</summary>
    public static void Put(byte[] text, int at, ReadOnlySpan<byte> pattern)
    {
        for (int i = 0; i < BytePattern.Length(pattern); i++)
        {
            string digits = string.Create(CultureInfo.InvariantCulture, $"{(char)pattern[2 * i]}{(char)pattern[(2 * i) + 1]}");
            text[at + i] = digits == "??" ? (byte)0x5a : byte.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Makes an operand, the last of its instruction, refer to a place.</summary>
    public static void Refer(byte[] text, int at, int target) => BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(at), target - (at + 4));

    /// <summary>A pattern's digits.</summary>
    public static string Digits(ReadOnlySpan<byte> pattern) => System.Text.Encoding.ASCII.GetString(pattern);
}
