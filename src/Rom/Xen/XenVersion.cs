using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 17: version and features. Linux also makes it without a query, to have events delivered. Does not enter the kernel.
/// </summary>
internal static unsafe class XenVersion
{
    // SAFETY: an answer that Guest.Write has checked for its size.

    /// <summary>4.17: major in the high half.</summary>
    internal const uint Version = (4 << 16) | 17;

    private const uint PagetablesAbove4G = 1 << 4;
    private const uint PreserveAccessedDirty = 1 << 5;
    private const uint ClearAndCopyPage = 1 << 6;
    private const uint GrantMapAvailableBits = 1 << 7;

    private enum Operation
    {
        Version = 0,
        ExtraVersion = 1,
        CompileInfo = 2,
        Capabilities = 3,
        ChangeSet = 4,
        PlatformParameters = 5,
        Features = 6,
        PageSize = 7,
        GuestHandle = 8,
        CommandLine = 9,
        BuildId = 10,
    }

    internal static long Run(ulong operation, ulong argument)
    {
        switch ((Operation)(uint)operation)
        {
            case Operation.Version: return Version;
            case Operation.ExtraVersion: return Text(argument, 16, ".0-tierce"u8);
            case Operation.CompileInfo: return Text(argument, 144, ""u8);
            case Operation.Capabilities: return Text(argument, 1024, "xen-3.0-x86_64 "u8);
            case Operation.ChangeSet: return Text(argument, 64, "unavailable"u8);
            case Operation.PlatformParameters: return PlatformParameters(argument);
            case Operation.Features: return Features(argument);
            case Operation.PageSize: return argument == 0 ? 4096 : Errno.Invalid;
            case Operation.GuestHandle: return Text(argument, 16, ""u8);
            case Operation.CommandLine: return Text(argument, 9, "<denied>"u8);
            case Operation.BuildId: return Errno.Permission;
            default: return Errno.NoCall;
        }
    }

    private static long Text(ulong argument, int size, ReadOnlySpan<byte> text) =>
        Guest.StoreText(argument, size, text) ? 0 : Errno.Fault;

    private static long PlatformParameters(ulong argument)
    {
        ulong* result = (ulong*)Guest.Write(argument, sizeof(ulong));
        if (result == null)
        {
            return Errno.Fault;
        }

        *result = HoleLayout.Start;
        return 0;
    }

    /// <summary>struct xen_feature_info: number of a group of 32 features, then their bits. There is one group.</summary>
    private static long Features(ulong argument)
    {
        uint* request = (uint*)Guest.Write(argument, 8);
        if (request == null)
        {
            return Errno.Fault;
        }

        if (request[0] != 0)
        {
            return Errno.Invalid;
        }

        request[1] = PagetablesAbove4G | PreserveAccessedDirty | ClearAndCopyPage | GrantMapAvailableBits;
        return 0;
    }
}
