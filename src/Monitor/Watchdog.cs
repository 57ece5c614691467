using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Detects a guest that takes no events any more: it raises the store's event from time to time, which a living guest takes. It draws no
/// conclusion while the guest has that event masked, as before it listens and in its handler.
/// </summary>
public struct Watchdog
{
    /// <summary>Number of probes in the time limit.</summary>
    private const ulong ProbesPerLimit = 3;

    private readonly ulong _limit;
    private ulong _answered;

    /// <summary>A watchdog with a limit in ticks of the time-stamp counter; 0 turns it off.</summary>
    public Watchdog(ulong limit, ulong now)
    {
        _limit = limit;
        _answered = now;
        NextProbe = limit == 0 ? Notification.NoDeadline : now + (limit / ProbesPerLimit);
    }

    /// <summary>Time of the next probe, by the time-stamp counter.</summary>
    public ulong NextProbe { get; private set; }

    /// <summary>
    /// Tests whether the last probe was taken, and sets the time of the next. The caller raises the event when one is due.
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
