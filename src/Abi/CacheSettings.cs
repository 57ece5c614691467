namespace Tierce.Abi;

/// <summary>Settings of a guest's page-table cache: R9 of <see cref="KernelCall.GuestCreate"/>. 0 selects the defaults.</summary>
public static class CacheSettings
{
    /// <summary>Bits 0 to 6: address spaces (a kernel and a user root each) that stay cached, 1 to <see cref="MostRoots"/>; 0: all that fit.</summary>
    public const ulong RootsMask = 0x7f;

    /// <summary>The largest number that can be set.</summary>
    public const ulong MostRoots = 64;

    /// <summary>
    /// The address space that has not been loaded for the longest time is dropped first; without this bit, the one that was first loaded
    /// longest ago.
    /// </summary>
    public const ulong LeastRecentlyUsed = 1 << 8;

    /// <summary>The kernel fills no entry before its first use.</summary>
    public const ulong NoFillAhead = 1 << 9;

    /// <summary>
    /// Guest user may use whatever its root reaches, as if every entry had the user bit. The guest's interface decides this, not the
    /// manifest: under Xen's, the guest protects its kernel by leaving it out of its user root.
    /// </summary>
    public const ulong OpenToUser = 1 << 10;

    /// <summary>Whether only defined bits and numbers are set.</summary>
    public static bool AreValid(ulong settings) =>
        (settings & ~(RootsMask | LeastRecentlyUsed | NoFillAhead | OpenToUser)) == 0 && (settings & RootsMask) <= MostRoots;
}
