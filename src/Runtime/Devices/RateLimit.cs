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

    /// <summary>
    /// Takes a new rate. What was taken stays to be paid for, so that no change fills the bucket. It is paid for at the latest when an empty
    /// bucket and one more request would be, so that no debt of a low rate outlasts that rate.
    /// </summary>
    /// <param name="largest">Units of the largest request, at most 2^24.</param>
    /// <param name="rate">New units per second, at least 1.</param>
    /// <param name="now">The time-stamp counter.</param>
    /// <param name="hertz">Ticks per second, at most 2^39.</param>
    public void Change(ulong largest, ulong rate, ulong now, ulong hertz) =>
        _paidAt = Math.Min(_paidAt, now + (hertz / BurstsPerSecond) + (largest * hertz / rate));

    /// <summary>Takes units.</summary>
    /// <param name="units">At most 2^24.</param>
    /// <param name="rate">Units per second, at least 1.</param>
    /// <param name="now">The time-stamp counter.</param>
    /// <param name="hertz">Ticks per second, at most 2^39.</param>
    public void Take(ulong units, ulong rate, ulong now, ulong hertz) => _paidAt = Math.Max(_paidAt, now) + (units * hertz / rate);
}
