namespace Tierce.Monitor;

/// <summary>
/// The names that known code refers to. All mentions of a name have to mean the same: if two functions place one variable differently, at
/// least one of them is not what it seems.
/// </summary>
/// <remarks>A name is kept as a number made of its characters; a hosted test compares those of all names in <see cref="KnownCode"/>.</remarks>
public readonly ref struct CodeSymbols
{
    /// <summary>Words of memory that the table needs.</summary>
    public const int MemorySize = Header + (2 * Capacity);

    /// <summary>Most names.</summary>
    public const int Capacity = 120;

    private const int Header = 2;

    private readonly Span<ulong> _memory;

    /// <summary>Begins without names.</summary>
    /// <param name="memory">Memory for the names.</param>
    public CodeSymbols(Span<ulong> memory)
    {
        _memory = memory;
        memory.Slice(0, Header).Clear();
    }

    /// <summary>Number of names. Setting it drops the last ones.</summary>
    public int Count
    {
        get => (int)_memory[0];
        set => _memory[0] = (ulong)value;
    }

    /// <summary>Mentions that contradicted an earlier one.</summary>
    public int Contradictions
    {
        get => (int)_memory[1];
        set => _memory[1] = (ulong)value;
    }

    /// <summary>The number of a name. A name that begins with a point means something else in each instance of a pattern.</summary>
    public static ulong Name(ReadOnlySpan<byte> text, int instance = 0)
    {
        // FNV-1a
        ulong name = 0xcbf2_9ce4_8422_2325;
        foreach (byte character in text)
        {
            name = unchecked((name ^ character) * 0x100_0000_01b3);
        }

        return text[0] == (byte)'.' ? unchecked((name ^ (byte)instance) * 0x100_0000_01b3) : name;
    }

    /// <summary>Takes a mention: the first gives the name its value, a further one may contradict it.</summary>
    public void Mention(ulong name, ulong value)
    {
        if (TryFind(name, out ulong known))
        {
            Contradictions += known == value ? 0 : 1;
            return;
        }

        _memory[Header + (2 * Count)] = name;
        _memory[Header + (2 * Count) + 1] = value;
        Count++;
    }

    /// <summary>The value of a name; false if nothing mentions it.</summary>
    public bool TryFind(ulong name, out ulong value)
    {
        value = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_memory[Header + (2 * i)] == name)
            {
                value = _memory[Header + (2 * i) + 1];
                return true;
            }
        }

        return false;
    }
}
