namespace Tierce.Tests.MemoryStress;

/// <summary>A mapped range, and what each of its pages must hold: zeros, or the words that follow from the page's tag.</summary>
internal unsafe struct Region
{
    /// <summary>Most pages.</summary>
    public const int MostPages = 64;

    private const int PageSize = 4096;
    private const int Words = PageSize / sizeof(ulong);

    /// <summary>Where; 0 if there is none.</summary>
    public long Address;

    /// <summary>How many pages.</summary>
    public int Pages;

    /// <summary>Shared with children. Its tags then lie in shared memory too.</summary>
    public bool Shared;

    /// <summary>Tags of a shared region.</summary>
    public ulong* SharedTags;

    private fixed ulong _tags[MostPages];

    /// <summary>Bytes.</summary>
    public readonly long Size => (long)Pages * PageSize;

    /// <summary>Address of a page.</summary>
    public readonly long Page(int page) => Address + ((long)page * PageSize);

    /// <summary>A page's tag, 0 for zeros.</summary>
    public ulong this[int page]
    {
        readonly get => Shared ? SharedTags[page] : _tags[page];
        set
        {
            if (Shared)
            {
                SharedTags[page] = value;
            }
            else
            {
                _tags[page] = value;
            }
        }
    }

    /// <summary>Fills a page.</summary>
    public void Write(int page, ulong tag)
    {
        this[page] = tag;
        ulong* words = (ulong*)Page(page);
        for (int i = 0; i < Words; i++)
        {
            words[i] = Word(tag, i);
        }
    }

    /// <summary>Whether each page holds what it must.</summary>
    public readonly bool IsIntact()
    {
        for (int page = 0; page < Pages; page++)
        {
            ulong tag = this[page];
            ulong* words = (ulong*)Page(page);
            for (int i = 0; i < Words; i++)
            {
                if (words[i] != Word(tag, i))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static ulong Word(ulong tag, int index) => tag == 0 ? 0 : tag + ((ulong)index * 0x9e37_79b9_7f4a_7c15);
}
