namespace Tierce.Kernel;

/// <summary>What a cached table is for. With the guest frame and the level it is the key of the cache.</summary>
public enum TableRole : byte
{
    /// <summary>Guest kernel root and its kernel half: every leaf gets the user bit, since guest kernel runs in ring 3.</summary>
    Kernel,

    /// <summary>User half, below the tops of both roots. Holds no leaf that the guest keeps for its kernel.</summary>
    Shared,

    /// <summary>Top of a guest user root.</summary>
    User,

    /// <summary>Part of the hole: built by the monitor's order, a copy of nothing.</summary>
    Hole,
}
