using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Limits the number of cached roots, if the guest's settings do: a list of them, the next to be dropped first.</summary>
public unsafe partial struct PageTableCache
{
    /// <summary>Roots on the list: a kernel and a user root for each address space, and those that are just being loaded.</summary>
    private const int MostListed = (2 * (int)CacheSettings.MostRoots) + 2;

    private readonly int RootLimit => 2 * (int)(settings & CacheSettings.RootsMask);

    /// <summary>Whether guest user may use what its root reaches, whatever the user bits say.</summary>
    public readonly bool IsOpenToUser => (settings & CacheSettings.OpenToUser) != 0;

    /// <summary>Whether loading a root changes its place on the list.</summary>
    private readonly bool MovesRoots => (settings & CacheSettings.LeastRecentlyUsed) != 0;

    private readonly bool FillsAhead
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (settings & CacheSettings.NoFillAhead) == 0;
    }

    private void KeepRoot(int root)
    {
        if (RootLimit == 0)
        {
            return;
        }

        int place = PlaceOf(root);
        if (place == listedRoots)
        {
            rootList[listedRoots++] = root;
        }
        else if (MovesRoots)
        {
            RemoveListed(place);
            rootList[listedRoots++] = root;
        }
    }

    private void ForgetRoot(int root)
    {
        int place = PlaceOf(root);
        if (place != listedRoots)
        {
            RemoveListed(place);
        }
    }

    /// <summary>
    /// Drops roots until at most the limit is left, or only loaded ones. The processor walks a loaded root; without it the kernel's own
    /// memory would no longer be mapped.
    /// </summary>
    public void LimitRoots()
    {
        searches = 0;
        for (int place = 0; RootLimit != 0 && listedRoots > RootLimit && place < listedRoots;)
        {
            int root = rootList[place];
            if (Tables.Record(root)->Loaded != 0)
            {
                place++;
                continue;
            }

            // Removes it from the list.
            Drop(root);
        }

        FlushStale();
    }

    private readonly int PlaceOf(int root)
    {
        int place = 0;
        while (place < listedRoots && rootList[place] != root)
        {
            place++;
        }

        return place;
    }

    private void RemoveListed(int place)
    {
        listedRoots--;
        for (; place < listedRoots; place++)
        {
            rootList[place] = rootList[place + 1];
        }
    }
}
