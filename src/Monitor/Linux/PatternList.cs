namespace Tierce.Monitor;

/// <summary>
/// Goes through the patterns of <see cref="KnownCode"/>. Each begins with a line that holds its name, a bar and the kernels that it is known for; its words follow, up to
/// an empty line.
/// </summary>
public ref struct PatternList
{
    private ReadOnlySpan<byte> _rest;
    private int _part;

    /// <summary>What the pattern describes.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The kernels in which it was found.</summary>
    public ReadOnlySpan<byte> Kernels { get; private set; }

    /// <summary>The pattern's words.</summary>
    public ReadOnlySpan<byte> Code { get; private set; }

    /// <summary>Goes to the next pattern; false after the last.</summary>
    public bool Next()
    {
        while (_rest.IsEmpty || _rest[0] == (byte)'\n')
        {
            if (!_rest.IsEmpty)
            {
                _rest = _rest.Slice(1);
            }
            else if (_part < KnownCode.Parts)
            {
                _rest = KnownCode.Text(_part++);
            }
            else
            {
                return false;
            }
        }

        int line = _rest.IndexOf((byte)'\n');
        int bar = _rest.IndexOf((byte)'|');
        Name = _rest.Slice(0, bar - 1);
        Kernels = _rest.Slice(bar + 2, line - bar - 2);
        _rest = _rest.Slice(line + 1);
        int end = EmptyLine(_rest);
        Code = _rest.Slice(0, end);
        _rest = _rest.Slice(end);
        return true;
    }

    /// <summary>Goes to the next pattern of a name; false after the last.</summary>
    public bool NextOf(ReadOnlySpan<byte> name)
    {
        while (Next())
        {
            if (Name.SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    private static int EmptyLine(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf("\n\n"u8);
        return end < 0 ? text.Length : end + 1;
    }
}
