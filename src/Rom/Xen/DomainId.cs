namespace Tierce.Rom.Xen;

/// <summary>Domain numbers that a guest may name (Xen's public xen.h).</summary>
internal static class DomainId
{
    /// <summary>DOMID_SELF: the caller.</summary>
    internal const ushort Self = 0x7ff0;

    /// <summary>The caller's number, as its store shows it (the monitor's <c>XenStore.DomainNumber</c>).</summary>
    internal const ushort Own = 1;

    /// <summary>The domain at the other end of the guest's channels: its monitor appears as domain 0.</summary>
    internal const ushort Monitor = 0;

    /// <summary>Whether it names the caller, by either number.</summary>
    internal static bool IsCaller(ushort domain) => domain is Self or Own;

    /// <summary>Xen's error for a caller that may not do this to another domain.</summary>
    internal static long Refusal(ushort domain) => domain == Monitor ? Errno.Permission : Errno.NoDomain;
}
