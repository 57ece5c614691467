namespace Tierce.LatencyRecorder;

/// <summary>Counts of durations, in buckets each twice as wide as the one before.</summary>
public unsafe struct Histogram
{
    /// <summary>Buckets; the last holds everything from 2^(Buckets-1) on.</summary>
    public const int Buckets = 40;

    private fixed ulong _counts[Buckets];
    private ulong _sum;

    /// <summary>Durations counted.</summary>
    public ulong Count { get; private set; }

    /// <summary>Shortest and longest.</summary>
    public ulong Least { get; private set; }

    /// <summary>See <see cref="Least"/>.</summary>
    public ulong Most { get; private set; }

    /// <summary>Mean, rounded down; 0 before the first.</summary>
    public readonly ulong Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>Lower bound of a bucket.</summary>
    public static ulong From(int bucket) => bucket == 0 ? 0 : 1UL << bucket;

    /// <summary>Count of a bucket.</summary>
    public readonly ulong this[int bucket] => bucket is >= 0 and < Buckets ? _counts[bucket] : 0;

    /// <summary>Counts one.</summary>
    public void Add(ulong duration)
    {
        int bucket = 0;
        while (bucket < Buckets - 1 && duration >> (bucket + 1) != 0)
        {
            bucket++;
        }

        _counts[bucket]++;
        Least = Count == 0 || duration < Least ? duration : Least;
        Most = duration > Most ? duration : Most;
        _sum += duration;
        Count++;
    }
}
