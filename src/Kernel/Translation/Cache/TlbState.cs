using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>Whether the TLB may hold what the cache has changed since the last flush.</summary>
internal unsafe struct TlbState
{
    /// <summary>The TLB has to be flushed before the guest resumes.</summary>
    public bool IsStale;

    /// <summary>It has to be flushed before the other root of the pair is used, or by the next drain.</summary>
    public bool IsStaleInOtherRoot;

    /// <summary>Flushes the TLB if it is stale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Flush(ref PageTableCache cache)
    {
        if (cache.Tlb.IsStale)
        {
            cache.Tlb.IsStale = false;
            Machine.FlushTlb();
        }
    }
}
