namespace Tierce.Rom.Xen;

/// <summary>Hypercalls for the domain that controls others. This guest is not that domain, so they are refused as on Xen.</summary>
internal static unsafe class ControlDomain
{
    // SAFETY: a request that Guest.Read has checked for its size.

    /// <summary>Versions of the interfaces in Xen 4.17.</summary>
    internal const uint PlatformVersion = 0x0300_0001;

    /// <inheritdoc cref="PlatformVersion"/>
    internal const uint SystemVersion = 0x15;

    /// <inheritdoc cref="PlatformVersion"/>
    internal const uint DomainVersion = 0x15;

    /// <summary>The answer to calls whose argument is not read.</summary>
    internal const long Refused = Errno.Permission;

    /// <summary>The answer of a Xen that has no performance counters for guests.</summary>
    internal const long NoCounters = Errno.NotSupported;

    /// <summary>Refuses a call. Its argument begins with the operation and the caller's version of the interface.</summary>
    internal static long Refuse(ulong argument, uint version)
    {
        uint* request = (uint*)Guest.Read(argument, 8);
        return request == null ? Errno.Fault : request[1] != version ? Errno.Access : Errno.Permission;
    }
}
