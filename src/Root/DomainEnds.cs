namespace Tierce.Root;

/// <summary>
/// How root finds out which domain has ended. Domains are numbered, programs first and then guests. The end of a domain sets a bit of a
/// notification, which has 64 bits. Each group of 64 domains therefore has a notification and a thread that waits for it. Endpoint badges
/// have room for any number.
/// </summary>
public static class DomainEnds
{
    /// <summary>Domains of a group.</summary>
    public const int GroupSize = 64;

    /// <summary>Badge of root's own watcher threads.</summary>
    public const ulong WatcherBadge = 1;

    private const ulong FirstBadge = 2;

    /// <summary>Groups for this number of domains.</summary>
    public static int Groups(int domains) => (domains + GroupSize - 1) / GroupSize;

    /// <summary>Group of a domain.</summary>
    public static int Group(int domain) => domain / GroupSize;

    /// <summary>Bit for the end of a domain in the notification of its group.</summary>
    public static ulong Bit(int domain) => 1UL << (domain % GroupSize);

    /// <summary>Badge of a monitor's capability for root's endpoint: even.</summary>
    public static ulong GuestBadge(int index) => FirstBadge + (2 * (ulong)index);

    /// <summary>Badge of an application's capability for root's endpoint: odd.</summary>
    public static ulong ProgramBadge(int index) => FirstBadge + 1 + (2 * (ulong)index);

    /// <summary>Program of a badge, or -1.</summary>
    public static int ProgramOf(ulong badge) => badge > FirstBadge && badge % 2 == 1 ? (int)((badge - FirstBadge - 1) / 2) : -1;

    /// <summary>Guest of a badge, or -1.</summary>
    public static int GuestOf(ulong badge) => badge >= FirstBadge && badge % 2 == 0 ? (int)((badge - FirstBadge) / 2) : -1;
}
