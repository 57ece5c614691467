using Tierce.Abi;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// The cached roots: which are loaded, and a list of them, the next to be dropped first, if the guest's settings limit their number.
/// </summary>
internal unsafe struct RootSet
{
    // SAFETY: tables of the cache by index.

    /// <summary>Most loaded roots: more than half of the places of <see cref="WatchList"/> remain for other tables.</summary>
    public const int MostLoaded = 64;

    /// <summary>Roots on the list: a kernel and a user root for each address space, and those that are just being loaded.</summary>
    private const int MostListed = (2 * (int)CacheSettings.MostRoots) + 2;

    private int _loaded;
    private int _listed;
    private fixed int _list[MostListed];

    /// <summary>Number of loaded roots.</summary>
    public readonly int Loaded => _loaded;

    public static void Keep(ref PageTableCache cache, int root)
    {
        if (cache.Options.RootLimit == 0)
        {
            return;
        }

        int place = PlaceOf(ref cache, root);
        if (place == cache.Roots._listed)
        {
            cache.Roots._list[cache.Roots._listed++] = root;
        }
        else if (cache.Options.MovesRoots)
        {
            Remove(ref cache, place);
            cache.Roots._list[cache.Roots._listed++] = root;
        }
    }

    public static void Forget(ref PageTableCache cache, int root)
    {
        int place = PlaceOf(ref cache, root);
        if (place != cache.Roots._listed)
        {
            Remove(ref cache, place);
        }
    }

    /// <summary>
    /// Drops roots until at most the limit is left, or only loaded ones. The processor walks a loaded root; without it the kernel's own
    /// memory would no longer be mapped.
    /// </summary>
    public static void Limit(ref PageTableCache cache)
    {
        cache.Work.Searches = 0;
        for (int place = 0; cache.Options.RootLimit != 0 && cache.Roots._listed > cache.Options.RootLimit && place < cache.Roots._listed;)
        {
            int root = cache.Roots._list[place];
            if (cache.Tables.Record(root)->Loaded != 0)
            {
                place++;
                continue;
            }

            // Removes it from the list.
            CacheLinks.Drop(ref cache, root);
        }

        TlbState.Flush(ref cache);
    }

    private static int PlaceOf(ref PageTableCache cache, int root)
    {
        int place = 0;
        while (place < cache.Roots._listed && cache.Roots._list[place] != root)
        {
            place++;
        }

        return place;
    }

    private static void Remove(ref PageTableCache cache, int place)
    {
        cache.Roots._listed--;
        for (; place < cache.Roots._listed; place++)
        {
            cache.Roots._list[place] = cache.Roots._list[place + 1];
        }
    }

    public static void Hold(ref PageTableCache cache, TableRecord* root)
    {
        cache.Roots._loaded = cache.Roots._loaded + (root->Loaded == 0 ? 1 : 0);
        root->Loaded++;
    }

    public static void Release(ref PageTableCache cache, ref int root)
    {
        if (root != TablePool.None)
        {
            TableRecord* record = cache.Tables.Record(root);
            record->Loaded--;
            cache.Roots._loaded = cache.Roots._loaded - (record->Loaded == 0 ? 1 : 0);
            root = TablePool.None;
        }
    }

    /// <summary>Whether this many more tables can be kept from eviction, with a reserve left.</summary>
    public static bool CanPin(ref PageTableCache cache, int tables, int left) => cache.Hole.Tables + cache.Roots._loaded + tables + left <= cache.Tables.Count;
}
