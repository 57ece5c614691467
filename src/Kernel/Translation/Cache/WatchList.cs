using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>The tables that the guest can write without a note, with the leaf that gave it the right.</summary>
internal unsafe partial struct WatchList
{
    // SAFETY: tables of the cache by index.

    /// <summary>Stands for the leaf of a table that is writable somewhere.</summary>
    public const int NoLeaf = -1;

    /// <summary>Most watched tables. When all places are used, a drain makes room.</summary>
    private const int Most = 256;

    /// <summary>Watches that one fill may need.</summary>
    private const int WatchesOfOneFill = 8;

    private int _count;
    private fixed ulong _watched[Most];

    /// <summary>Whether no table is watched.</summary>
    public readonly bool IsEmpty => _count == 0;

    /// <summary>
    /// Removes the write right from the leaves that gave it, then compares. A table that is still writable elsewhere stays watched.
    /// </summary>
    /// <returns>False if it was preempted. The entries that it has compared are then at the front of <c>watched</c>.</returns>
    public static bool Sync(ref PageTableCache cache)
    {
        int kept = cache.Progress.WatchedDone;
        int count = cache.Watches._count;
        int next = kept;
        while (next < count && (next == cache.Progress.WatchedDone || !CacheDrain.EndsEarly(ref cache)))
        {
            int leaf = (int)cache.Watches._watched[next];
            ulong frame = cache.Watches._watched[next] >> 32;
            next++;
            if (leaf != NoLeaf)
            {
                Protect(ref cache, leaf, frame);
            }

            WorkMeter.Charge(ref cache, WorkMeter.EntriesOfSearch + ((uint)kept / 2));
            CacheDrain.SyncCopies(ref cache, frame);
            if (cache.Uses.Writers(frame) != 0 && cache.Uses.HasCopies(frame) && !Has(ref cache, frame, kept))
            {
                cache.Watches._watched[kept++] = (frame << 32) | 0xffff_ffff;
            }
        }

        cache.Progress.WatchedDone = next < count ? kept : 0;
        bool finished = next == count;
        while (next < count)
        {
            cache.Watches._watched[kept++] = cache.Watches._watched[next++];
        }

        cache.Watches._count = kept;
        return finished;
    }

    /// <summary>Removes the write right from a leaf, if it still maps that frame.</summary>
    private static void Protect(ref PageTableCache cache, int leaf, ulong frame)
    {
        int table = leaf >> 9;
        int slot = leaf & (PageEntry.Count - 1);
        ulong* place = &cache.Tables.Entries(table)[slot];
        ulong entry = *place;
        bool writable = cache.Tables.Record(table)->Level == 1 && (entry & PageEntry.Present) != 0 && (entry & PageEntry.Writable) != 0;
        if (writable && PageEntry.Frame(entry) == cache.Guest.FirstPage + frame)
        {
            CacheLeaves.SetLeaf(ref cache, cache.Tables.Record(table), place, entry & ~PageEntry.Writable);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void MakeRoom(ref PageTableCache cache)
    {
        if (cache.Watches._count > Most - WatchesOfOneFill)
        {
            Shorten(ref cache);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Shorten(ref PageTableCache cache)
    {
        CacheDrain.Run(ref cache, null);
        if (cache.Watches._count > Most - WatchesOfOneFill)
        {
            // The guest can write more tables unnoticed than can be watched: drop the copies of all of them.
            Drop(ref cache);
        }
    }

    private static void Drop(ref PageTableCache cache)
    {
        int kept = 0;
        cache.Progress.WatchedDone = 0;
        for (int i = 0; i < cache.Watches._count; i++)
        {
            ulong frame = cache.Watches._watched[i] >> 32;
            WorkMeter.Charge(ref cache, WorkMeter.EntriesOfSearch + ((uint)kept / 2));
            CacheLinks.DropCopies(ref cache, frame);

            // Only loaded roots still have copies, and these are fewer than the places.
            if (cache.Uses.HasCopies(frame) && !Has(ref cache, frame, kept))
            {
                cache.Watches._watched[kept++] = (frame << 32) | 0xffff_ffff;
            }
        }

        cache.Watches._count = kept;
    }

    private static bool Has(ref PageTableCache cache, ulong frame, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (cache.Watches._watched[i] >> 32 == frame)
            {
                return true;
            }
        }

        return false;
    }

    public static void Add(ref PageTableCache cache, ulong frame, int leaf)
    {
        for (int i = 0; i < cache.Watches._count; i++)
        {
            if (cache.Watches._watched[i] >> 32 == frame && ((int)cache.Watches._watched[i] == leaf || leaf == NoLeaf))
            {
                return;
            }
        }

        cache.Watches._watched[cache.Watches._count++] = (frame << 32) | (uint)leaf;
    }
}
