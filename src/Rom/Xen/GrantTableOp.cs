using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 20: the grant table, version 1, in frames that the monitor has set aside. The guest can map (<see cref="GrantMap"/>) and copy
/// (<see cref="GrantCopy"/>) what it grants to itself; no other domain grants anything to it. Enters the kernel to flush, at the end of the
/// batch.
/// </summary>
internal static unsafe class GrantTableOp
{
    // SAFETY: a request of the list that was checked as a whole.

    private const uint TableVersion = 1;
    private const uint NewestVersion = 2;

    private enum Operation
    {
        Map = 0,
        Unmap = 1,
        SetupTable = 2,
        Copy = 5,
        QuerySize = 6,
        UnmapAndReplace = 7,
        SetVersion = 8,
        GetStatusFrames = 9,
        GetVersion = 10,
    }

    internal static long Run(ulong operation, ulong argument, ulong count)
    {
        var kind = (Operation)(uint)operation;
        ulong size = kind switch
        {
            Operation.Map => 32,
            Operation.Copy => 40,
            Operation.Unmap or Operation.SetupTable or Operation.UnmapAndReplace => 24,
            Operation.QuerySize or Operation.GetStatusFrames => 16,
            Operation.SetVersion => 4,
            Operation.GetVersion => 8,
            _ => 0,
        };
        if (size == 0)
        {
            return Errno.NoCall;
        }

        count = (uint)count;
        bool isList = kind is Operation.Map or Operation.Unmap or Operation.UnmapAndReplace or Operation.Copy;
        if (isList ? count > int.MaxValue : count != 1)
        {
            return Errno.Invalid;
        }

        if (count == 0)
        {
            return 0;
        }

        byte* request = Guest.Write(argument, size * count);
        return request == null ? Errno.Fault : isList ? List(kind, request, size, count) : One(kind, request);
    }

    /// <summary>Operations with a list of requests, each with its own status.</summary>
    private static long List(Operation kind, byte* request, ulong size, ulong count)
    {
        for (ulong i = 0; i < count; i++, request += size)
        {
            switch (kind)
            {
                case Operation.Map:
                    *(short*)(request + 18) = GrantMap.Map(request);
                    break;
                case Operation.Copy:
                    *(short*)(request + 36) = GrantCopy.Copy(request);
                    break;
                case Operation.Unmap:
                    *(short*)(request + 20) = GrantMap.Unmap(*(uint*)(request + 16), *(ulong*)request, *(ulong*)(request + 8));
                    break;
                default:
                    *(short*)(request + 20) = GrantMap.Replace(*(uint*)(request + 16), *(ulong*)request, *(ulong*)(request + 8));
                    break;
            }
        }

        return 0;
    }

    private static long One(Operation kind, byte* request)
    {
        switch (kind)
        {
            case Operation.SetupTable:
                *(short*)(request + 8) = Setup(*(ushort*)request, *(uint*)(request + 4), *(ulong*)(request + 16));
                return 0;
            case Operation.QuerySize:
                *(uint*)(request + 4) = (uint)Machine.Info->GrantFrames;
                *(uint*)(request + 8) = (uint)Machine.Info->GrantFrames;
                *(short*)(request + 12) = GrantStatus.OfDomain(*(ushort*)request);
                return 0;
            case Operation.SetVersion:
                return SetVersion((uint*)request);
            case Operation.GetStatusFrames:
                // Version 1 has no status frames.
                *(short*)(request + 6) = *(uint*)request == 0 ? GrantStatus.Okay : GrantStatus.GeneralError;
                return 0;
            default:
                ushort domain = *(ushort*)request;
                if (!DomainId.IsCaller(domain))
                {
                    return DomainId.Refusal(domain);
                }

                *(uint*)(request + 4) = TableVersion;
                return 0;
        }
    }

    /// <summary>
    /// struct gnttab_set_version: the version, in and out. The ROM refuses version 2, as a Xen that is configured for version 1 does.
    /// </summary>
    private static long SetVersion(uint* version)
    {
        uint asked = *version;
        *version = TableVersion;
        return asked == TableVersion ? 0 : asked == NewestVersion ? Errno.NoCall : Errno.Invalid;
    }

    private static short Setup(ushort domain, uint frames, ulong list)
    {
        RomInfo* info = Machine.Info;
        if (!DomainId.IsCaller(domain))
        {
            return GrantStatus.OfDomain(domain);
        }

        if (frames == 0)
        {
            return GrantStatus.Okay;
        }

        ulong* target = frames > info->GrantFrames ? null : (ulong*)Guest.Write(list, frames * sizeof(ulong));
        if (target == null)
        {
            return GrantStatus.GeneralError;
        }

        for (uint i = 0; i < frames; i++)
        {
            target[i] = info->GrantFrame + i;
        }

        return GrantStatus.Okay;
    }
}
