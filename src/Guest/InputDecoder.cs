using System;

namespace Tierce.Guest;

/// <summary>
/// Takes the tool's frames out of the bytes that the console delivers: input for the command (i) and its end (z). Input comes as
/// hexadecimal digits: the Xen console's terminal keeps some characters for itself (Ctrl-O calls SysRq).
/// </summary>
internal unsafe struct InputDecoder
{
    /// <summary>Most bytes that may be taken at once; half as many come out.</summary>
    public const int Piece = 256;

    private const int HeaderSize = 1 + Frames.TokenSize + 1 + 4;

    private fixed byte _header[HeaderSize];
    private int _have;
    private int _left;
    private int _digits;

    /// <summary>Takes bytes from the console; writes the command's input to <paramref name="target"/>, and closes it at the end.</summary>
    public void Take(ReadOnlySpan<byte> bytes, ref Frames frames, ref int target)
    {
        while (bytes.Length > 0)
        {
            int taken = _left > 0 ? TakePayload(bytes, target) : TakeHeader(bytes[0]);
            bytes = bytes[taken..];
            if (_left == 0 && _have == HeaderSize)
            {
                Finish(ref frames, ref target);
            }
        }
    }

    private int TakePayload(ReadOnlySpan<byte> bytes, int target)
    {
        int size = bytes.Length < _left ? bytes.Length : _left;
        byte* plain = stackalloc byte[Piece / 2];
        int count = 0;
        for (int i = 0; i < size; i++)
        {
            _digits = (_digits << 4) | Digit(bytes[i]);
            if (((_left - i) & 1) != 0)
            {
                plain[count++] = (byte)_digits;
            }
        }

        // The command may have closed its input; what it does not want is dropped.
        if (target >= 0)
        {
            Linux.WriteAll(target, plain, count);
        }

        _left -= size;
        return size;
    }

    private static int Digit(byte character) => character >= 'a' ? character - 'a' + 10 : character - '0';

    private int TakeHeader(byte value)
    {
        // What stands before a frame is noise of the line.
        if (_have > 0 || value == 1)
        {
            _header[_have++] = value;
            if (_have == HeaderSize)
            {
                _left = Length();
            }
        }

        return 1;
    }

    private int Length()
    {
        int length = 0;
        for (int i = HeaderSize - 4; i < HeaderSize; i++)
        {
            length = (length << 4) | Digit(_header[i]);
        }

        return length & 0xffff;
    }

    private void Finish(ref Frames frames, ref int target)
    {
        if (_header[1 + Frames.TokenSize] == 'z' && target >= 0)
        {
            Linux.Close(target);
            target = -1;
        }

        _have = 0;
        frames.Signal((byte)'a');
    }
}
