namespace Tierce.Abi;

/// <summary>How a guest's page-table cache behaves: R9 of <see cref="KernelCall.GuestCreate"/>. 0 is what guests get unless told otherwise.</summary>
public static class CacheSettings
{
    /// <summary>Bits 0 to 6: address spaces (a kernel and a user root each) that stay cached, 1 to <see cref="MostRoots"/>; 0: all that fit.</summary>
    public const ulong RootsMask = 0x7f;

    /// <summary>Most that can be asked for.</summary>
    public const ulong MostRoots = 64;

    /// <summary>The address space that was loaded longest ago goes first; else the one that was first loaded longest ago.</summary>
    public const ulong LeastRecentlyUsed = 1 << 8;

    /// <summary>Nothing is filled before its first use.</summary>
    public const ulong NoFillAhead = 1 << 9;

    /// <summary>
    /// Guest user may use whatever its root reaches, as if every entry had the user bit: what the guest's interface says, not for a
    /// manifest to choose. Its kernel is protected by what its user root leaves out.
    /// </summary>
    public const ulong OpenToUser = 1 << 10;

    /// <summary>Whether a value has a meaning.</summary>
    public static bool AreValid(ulong settings) =>
        (settings & ~(RootsMask | LeastRecentlyUsed | NoFillAhead | OpenToUser)) == 0 && (settings & RootsMask) <= MostRoots;
}
