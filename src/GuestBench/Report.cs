using System;

namespace Tierce.Guest.Bench;

/// <summary>Collects lines, and writes them only when everything has been measured: a console has work of its own.</summary>
internal unsafe ref struct Report
{
    private const int Size = 2048;
    private const int LongestNumber = 20;

    private fixed byte _text[Size];
    private int _used;

    /// <summary>Adds text; what does not fit is dropped.</summary>
    public void Text(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length && _used < Size; i++)
        {
            _text[_used++] = text[i];
        }
    }

    /// <summary>Adds a number after a space.</summary>
    public void Number(ulong value)
    {
        if (_used + 1 + LongestNumber <= Size)
        {
            fixed (byte* text = _text)
            {
                text[_used++] = (byte)' ';
                _used += Digits.Format(value, text + _used);
            }
        }
    }

    /// <summary>Writes everything to standard output.</summary>
    public readonly void Write()
    {
        fixed (byte* text = _text)
        {
            Linux.WriteAll(1, text, _used);
        }
    }
}
