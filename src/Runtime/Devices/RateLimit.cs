namespace Tierce.Runtime.Devices;

/// <summary>
/// A token bucket without a count of tokens: it keeps the time at which all that was taken is paid for. A caller may take while that time is
/// not more than the burst ahead. The price is added afterwards, so that a request may be larger than the bucket.
/// </summary>
public struct RateLimit
{
    /// <summary>What a bucket holds is the rate of a second divided by this.</summary>
    private const ulong BurstsPerSecond = 16;

    private ulong _paidAt;

    /// <summary>When the next unit may be taken, in ticks of the time-stamp counter; a time that has passed if at once.</summary>
    /// <param name="hertz">Ticks per second.</param>
    public readonly ulong FreeAt(ulong hertz) => _paidAt - Math.Min(_paidAt, hertz / BurstsPerSecond);

    /// <summary>Takes units.</summary>
    /// <param name="units">At most 2^24.</param>
    /// <param name="rate">Units per second, at least 1.</param>
    /// <param name="now">The time-stamp counter.</param>
    /// <param name="hertz">Ticks per second, at most 2^40.</param>
    public void Take(ulong units, ulong rate, ulong now, ulong hertz) => _paidAt = Math.Max(_paidAt, now) + (units * hertz / rate);
}
