using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// Writes text to the kernel's log, packed 40 characters a call, without building strings. A short line goes out in one call,
/// so that lines of several domains do not mix.
/// </summary>
public struct Log
{
    private const int CallBytes = 40;

    private uint _slot;
    private int _used;
    private ulong _word0, _word1, _word2, _word3, _word4;

    /// <summary>A writer for the log capability in <paramref name="slot"/>; with slot 0 it writes nothing.</summary>
    public Log(uint slot)
    {
        _slot = slot;
        _used = 0;
        _word0 = _word1 = _word2 = _word3 = _word4 = 0;
    }

    /// <summary>Appends text. Characters other than printable ASCII become a dot, so that foreign text cannot forge lines.</summary>
    public void Text(scoped ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            byte character = text[i];
            Put(character is >= 0x20 and < 0x7f ? character : (byte)'.');
        }
    }

    /// <summary>Appends a decimal number.</summary>
    public void Decimal(ulong value)
    {
        ulong divisor = 1;
        while (value / divisor >= 10)
        {
            divisor *= 10;
        }

        for (; divisor != 0; divisor /= 10)
        {
            Put((byte)('0' + (int)(value / divisor % 10)));
        }
    }

    /// <summary>Appends a hexadecimal number with its prefix.</summary>
    public void Hex(ulong value)
    {
        Put((byte)'0');
        Put((byte)'x');
        int shift = 60;
        while (shift > 0 && (value >> shift) == 0)
        {
            shift -= 4;
        }

        for (; shift >= 0; shift -= 4)
        {
            int digit = (int)((value >> shift) & 15);
            Put((byte)(digit < 10 ? '0' + digit : 'a' + digit - 10));
        }
    }

    /// <summary>Appends a status as its negative number.</summary>
    public void Code(Status status)
    {
        Put((byte)'-');
        Decimal((ulong)(-(long)status));
    }

    /// <summary>Ends the line and sends it.</summary>
    public void EndLine()
    {
        Put((byte)'\n');
        Flush();
    }

    private void Put(byte character)
    {
        ulong bits = (ulong)character << ((_used & 7) * 8);
        switch (_used >> 3)
        {
            case 0: _word0 |= bits; break;
            case 1: _word1 |= bits; break;
            case 2: _word2 |= bits; break;
            case 3: _word3 |= bits; break;
            default: _word4 |= bits; break;
        }

        if (++_used == CallBytes)
        {
            Flush();
        }
    }

    private void Flush()
    {
        if (_used != 0 && _slot != 0)
        {
            KernelCalls.Make(
                KernelCall.Log,
                new LogArguments { Log = _slot, Word0 = _word0, Word1 = _word1, Word2 = _word2, Word3 = _word3, Word4 = _word4 });
        }

        _used = 0;
        _word0 = _word1 = _word2 = _word3 = _word4 = 0;
    }
}
