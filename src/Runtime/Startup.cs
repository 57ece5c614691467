namespace Tierce.Runtime;

/// <summary>Reads the startup page.</summary>
public unsafe ref struct Startup
{
    private readonly StartupPage* _page;

    /// <summary>Reads the page whose address the program's entry got.</summary>
    public Startup(StartupPage* page) => _page = page;

    /// <summary>The page itself.</summary>
    public readonly StartupPage* Page => _page;

    /// <summary>The program's name.</summary>
    public readonly ReadOnlySpan<byte> Name =>
        // SAFETY: the page stays mapped for the program's life; the length is bounded by the field.
        new(_page->Name, (int)(_page->NameLength <= StartupPage.NameSize ? _page->NameLength : StartupPage.NameSize));

    /// <summary>The program's arguments.</summary>
    public readonly ReadOnlySpan<byte> CommandLine =>
        // SAFETY: as for the name.
        new(_page->CommandLine, (int)(_page->CommandLineLength <= StartupPage.CommandLineSize ? _page->CommandLineLength : StartupPage.CommandLineSize));

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public readonly ulong TscHertz => _page->TscHertz;

    /// <summary>Nanoseconds since 1970 at <see cref="WallClockTsc"/>.</summary>
    public readonly ulong WallClockNanoseconds => _page->WallClockNanoseconds;

    /// <summary>The counter when the wall clock was read.</summary>
    public readonly ulong WallClockTsc => _page->WallClockTsc;

    /// <summary>First free slot.</summary>
    public readonly uint FirstFreeSlot => _page->FirstFreeSlot;

    /// <summary>The grant number <paramref name="index"/> for a purpose; false if there are fewer.</summary>
    public readonly bool TryGet(StartupPurpose purpose, int index, out uint slot, out ulong value)
    {
        // SAFETY: root, which wrote the count, has mapped as many pages as the grants take.
        StartupGrant* grants = &_page->FirstGrant;
        uint count = _page->GrantCount;
        for (uint i = 0; i < count; i++)
        {
            if (grants[i].Purpose == purpose && index-- == 0)
            {
                slot = grants[i].Slot;
                value = grants[i].Value;
                return true;
            }
        }

        slot = 0;
        value = 0;
        return false;
    }

    /// <summary>Slot of the first grant for a purpose, 0 if there is none.</summary>
    public readonly uint Slot(StartupPurpose purpose)
    {
        TryGet(purpose, 0, out uint slot, out _);
        return slot;
    }

    /// <summary>Value of the first grant for a purpose, 0 if there is none.</summary>
    public readonly ulong Value(StartupPurpose purpose)
    {
        TryGet(purpose, 0, out _, out ulong value);
        return value;
    }
}
