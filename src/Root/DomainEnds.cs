namespace Tierce.Root;

/// <summary>How root tells apart who has ended: bits of its notification, badges of its endpoint.</summary>
public static class DomainEnds
{
    /// <summary>Most program sections, and most guests.</summary>
    public const int MaxPrograms = 8, MaxGuests = 8;

    /// <summary>Badge of root's own watcher thread.</summary>
    public const ulong WatcherBadge = 1;

    private const ulong FirstGuestBadge = 2;
    private const ulong FirstProgramBadge = FirstGuestBadge + MaxGuests;

    /// <summary>Bit for the end of a program's domain.</summary>
    public static ulong ProgramBit(int index) => 1UL << index;

    /// <summary>Bit for the end of a monitor's domain.</summary>
    public static ulong GuestBit(int index) => 1UL << (MaxPrograms + index);

    /// <summary>Badge of a monitor's capability for root's endpoint.</summary>
    public static ulong GuestBadge(int index) => FirstGuestBadge + (ulong)index;

    /// <summary>Badge of an application's capability for root's endpoint.</summary>
    public static ulong ProgramBadge(int index) => FirstProgramBadge + (ulong)index;

    /// <summary>Program of a badge, or -1.</summary>
    public static int ProgramOf(ulong badge) =>
        badge is >= FirstProgramBadge and < FirstProgramBadge + MaxPrograms ? (int)(badge - FirstProgramBadge) : -1;

    /// <summary>Guest of a badge, or -1.</summary>
    public static int GuestOf(ulong badge) => badge is >= FirstGuestBadge and < FirstGuestBadge + MaxGuests ? (int)(badge - FirstGuestBadge) : -1;
}
