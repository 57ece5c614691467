namespace Tierce.Rom.Xen;

/// <summary>Domain numbers that a guest may name (Xen's public xen.h).</summary>
internal static class DomainId
{
    /// <summary>DOMID_SELF: the caller.</summary>
    internal const ushort Self = 0x7ff0;

    /// <summary>The domain at the other end of the guest's channels: its monitor appears as domain 0.</summary>
    internal const ushort Monitor = 0;
}
