namespace Tierce.Rom.Xen;

/// <summary>Hypercalls of the domain that controls others, which this guest is not: they are refused as Xen refuses them.</summary>
internal static unsafe class ControlDomain
{
    /// <summary>Versions of the interfaces in Xen 4.17.</summary>
    internal const uint PlatformVersion = 0x0300_0001;

    /// <inheritdoc cref="PlatformVersion"/>
    internal const uint SystemVersion = 0x15;

    /// <inheritdoc cref="PlatformVersion"/>
    internal const uint DomainVersion = 0x15;

    /// <summary>The answer where nothing of the argument is looked at.</summary>
    internal const long Refused = Errno.Permission;

    /// <summary>The answer of a Xen that has no performance counters for guests.</summary>
    internal const long NoCounters = Errno.NotSupported;

    /// <summary>The argument begins with the operation and the version that the caller knows.</summary>
    internal static long Refuse(ulong argument, uint version)
    {
        uint* request = (uint*)Guest.Read(argument, 8);
        return request == null ? Errno.Fault : request[1] != version ? Errno.Access : Errno.Permission;
    }
}
