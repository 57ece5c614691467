using System;
using System.Collections.Generic;

namespace Tierce.Hosted;

/// <summary>Changes inputs as AFL does: bits, bytes, numbers at the ends of their ranges, pieces moved, dropped, doubled, and taken from other inputs.</summary>
internal sealed class Mutator(Random random)
{
    /// <summary>The longest input that is made.</summary>
    private const int Longest = 1 << 12;

    private static readonly ulong[] s_numbers =
        [0, 1, 2, 3, 4, 7, 8, 16, 31, 32, 63, 64, 127, 128, 255, 256, 511, 512, 1024, 4095, 4096, 32767, 65535, int.MaxValue, 1UL << 31, uint.MaxValue, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>Makes an input from one, and sometimes from another.</summary>
    public byte[] Change(byte[] input, byte[] other)
    {
        List<byte> bytes = [.. input];
        for (int changes = 1 << random.Next(5); changes > 0; changes--)
        {
            Change(bytes, other);
        }

        return [.. bytes];
    }

    private void Change(List<byte> bytes, byte[] other)
    {
        int place = random.Next(bytes.Count + 1);
        switch (random.Next(9))
        {
            case 0 when place < bytes.Count:
                bytes[place] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when place < bytes.Count:
                bytes[place] = (byte)random.Next(256);
                break;
            case 2 when place < bytes.Count:
                bytes[place] = (byte)(bytes[place] + random.Next(-16, 17));
                break;
            case 3 or 4:
                Number(bytes, place);
                break;
            case 5:
                bytes.RemoveRange(place, Math.Min(random.Next(1, 32), bytes.Count - place));
                break;
            case 6 when bytes.Count < Longest:
                bytes.InsertRange(place, Piece([.. bytes]));
                break;
            case 7 when bytes.Count < Longest:
                bytes.InsertRange(place, Piece(other));
                break;
            default:
                byte[] piece = Piece(other);
                for (int i = 0; i < piece.Length && place + i < bytes.Count; i++)
                {
                    bytes[place + i] = piece[i];
                }

                break;
        }
    }

    private void Number(List<byte> bytes, int place)
    {
        int size = 1 << random.Next(4);
        ulong number = s_numbers[random.Next(s_numbers.Length)];
        for (int i = 0; i < size && place + i < bytes.Count; i++)
        {
            bytes[place + i] = (byte)(number >> (8 * i));
        }
    }

    private byte[] Piece(byte[] from)
    {
        int start = random.Next(from.Length + 1);
        return from.AsSpan(start, Math.Min(random.Next(1, 64), from.Length - start)).ToArray();
    }
}
