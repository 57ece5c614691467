using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Notices a guest that takes no events any more: the store's event is raised from time to time, and a living guest takes it. Only
/// while the guest has that event unmasked: before it listens, and in its handler, nothing is concluded.
/// </summary>
public struct Watchdog
{
    /// <summary>Probes in the time that is allowed.</summary>
    private const ulong ProbesPerLimit = 3;

    private readonly ulong _limit;
    private ulong _answered;

    /// <summary>A watchdog that allows so many ticks of the time-stamp counter; 0 turns it off.</summary>
    public Watchdog(ulong limit, ulong now)
    {
        _limit = limit;
        _answered = now;
        NextProbe = limit == 0 ? Notification.NoDeadline : now + (limit / ProbesPerLimit);
    }

    /// <summary>When to look next, by the time-stamp counter.</summary>
    public ulong NextProbe { get; private set; }

    /// <summary>
    /// Looks whether the last probe was taken, and says when the next is due. The caller raises the event then.
    /// </summary>
    /// <param name="sharedInfo">The guest's shared_info.</param>
    /// <param name="now">The time-stamp counter.</param>
    /// <param name="hung">Whether the guest counts as hung.</param>
    /// <returns>Whether a probe is due.</returns>
    public bool Probe(Span<byte> sharedInfo, ulong now, out bool hung)
    {
        hung = false;
        if (_limit == 0 || now < NextProbe)
        {
            return false;
        }

        NextProbe = now + (_limit / ProbesPerLimit);
        if (SharedInfoPage.IsMasked(sharedInfo, StartInfoPage.StorePort) || !SharedInfoPage.IsPending(sharedInfo, StartInfoPage.StorePort))
        {
            _answered = now;
        }

        hung = now - _answered > _limit;
        return true;
    }
}
