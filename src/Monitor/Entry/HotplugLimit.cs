namespace Tierce.Monitor;

/// <summary>
/// Recognises where Linux sizes its frame list for memory that might be plugged in later: 512 GiB's worth, whose 134 million places
/// it looks at one by one at boot. A guest of Tierce is never given more memory than it starts with, so the limit can be nothing,
/// and the list is as long as the memory.
/// </summary>
/// <remarks>Source of the bytes: Debian's Linux 6.1, xen_vmalloc_p2m_tree in arch/x86/xen/p2m.c (P2M_LIMIT).</remarks>
public static class HotplugLimit
{
    /// <summary>Where in the recognised code the four bytes of the limit stand.</summary>
    public const int LimitAt = 1;

    /// <summary>mov edx, 512 GiB in frames; a store of 2; a compare, a store and a conditional move; the rounding up.</summary>
    internal static ReadOnlySpan<byte> Code =>
        "ba0000000848c705????????020000004839d0488905????????480f42c2488d04c5ffff1f0048250000e0ff"u8;

    /// <summary>Finds it; -1 if it is not there exactly once.</summary>
    public static int Find(ReadOnlySpan<byte> text) => BytePattern.FindOnce(text, Code, step: 1);
}
