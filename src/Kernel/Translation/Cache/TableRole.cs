using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// What a cached table is for. With the guest frame and the level it is the key of the cache. Its bits under
/// <see cref="MostNeeded"/> are those that a guest's entry must have to be cached in such a table without a fault.
/// </summary>
public enum TableRole : byte
{
    /// <summary>Part of the hole: built by the monitor's order, a copy of nothing.</summary>
    Hole,

    /// <summary>Guest kernel root and its kernel half: every leaf gets the user bit, since guest kernel runs in ring 3.</summary>
    Kernel = (byte)(PageEntry.Present | PageEntry.Accessed),

    /// <summary>User half, below the tops of both roots. Holds no leaf that the guest keeps for its kernel.</summary>
    Shared = (byte)(PageEntry.Present | PageEntry.Accessed | PageEntry.User),

    /// <summary>
    /// Below a guest user root through which guest user has used an entry without the user bit, where its interface allows that
    /// (<see cref="Abi.CacheSettings.OpenToUser"/>): every leaf gets the bit. Shared with no kernel root.
    /// </summary>
    Open = (byte)(PageEntry.Present | PageEntry.Accessed | PageEntry.Writable),

    /// <summary>All bits that may be needed.</summary>
    MostNeeded = Shared,

    /// <summary>Top of a guest user root: another bit, which is not under the mask, tells it from <see cref="Shared"/>.</summary>
    User = (byte)((byte)Shared | PageEntry.Writable),
}
