using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>How far a drain is that was preempted and can be continued.</summary>
internal unsafe struct DrainProgress
{
    /// <summary>The virtual CPU whose drain is running or was stopped; null if there is none.</summary>
    public LoadedRoots* Caller;

    /// <summary>Number of watched tables that are done, which are the first.</summary>
    public int WatchedDone;

    /// <summary>One more than the next table of a comparison of all, 0 for none.</summary>
    public int ResyncNext;
}
