namespace Tierce.Rom.Xen;

/// <summary>Status of a grant operation (GNTST_* of Xen's public grant_table.h).</summary>
internal static class GrantStatus
{
    internal const short Okay = 0;
    internal const short GeneralError = -1;
    internal const short BadDomain = -2;
    internal const short BadReference = -3;
    internal const short BadHandle = -4;
    internal const short NoHandle = -7;
    internal const short Denied = -8;
    internal const short BadPage = -9;
    internal const short BadCopy = -10;

    /// <summary>The status for another domain's table: the monitor, as domain 0, has one that is not for guests.</summary>
    internal static short OfDomain(ushort domain) =>
        DomainId.IsCaller(domain) ? Okay : domain == DomainId.Monitor ? Denied : BadDomain;
}
