using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 20: the grant table, version 1, in frames that the monitor has set aside. Mapping other guests' grants is not for
/// this guest. Enters the kernel: no.
/// </summary>
internal static unsafe class GrantTableOp
{
    private const uint TableVersion = 1;
    private const short Okay = 0;
    private const short GeneralError = -1;
    private const short BadDomain = -2;

    private enum Operation
    {
        SetupTable = 2,
        QuerySize = 6,
        SetVersion = 8,
        GetVersion = 10,
    }

    internal static long Run(ulong operation, ulong argument, ulong count)
    {
        ulong size = (Operation)operation switch
        {
            Operation.SetupTable => 24,
            Operation.QuerySize => 16,
            Operation.SetVersion => 4,
            Operation.GetVersion => 8,
            _ => 0,
        };
        if (size == 0)
        {
            return Errno.NoCall;
        }

        if (count != 1)
        {
            return Errno.Invalid;
        }

        byte* request = Guest.Write(argument, size);
        if (request == null)
        {
            return Errno.Fault;
        }

        switch ((Operation)operation)
        {
            case Operation.SetupTable:
                *(short*)(request + 8) = Setup(*(ushort*)request, *(uint*)(request + 4), *(ulong*)(request + 16));
                return 0;
            case Operation.QuerySize:
                *(uint*)(request + 4) = (uint)Machine.Info->GrantFrames;
                *(uint*)(request + 8) = (uint)Machine.Info->GrantFrames;
                *(short*)(request + 12) = *(ushort*)request == DomainId.Self ? Okay : BadDomain;
                return 0;
            case Operation.SetVersion:
                uint asked = *(uint*)request;
                *(uint*)request = TableVersion;
                return asked == TableVersion ? 0 : Errno.NoCall;
            default:
                *(uint*)(request + 4) = TableVersion;
                return 0;
        }
    }

    private static short Setup(ushort domain, uint frames, ulong list)
    {
        RomInfo* info = Machine.Info;
        if (domain != DomainId.Self)
        {
            return BadDomain;
        }

        if (frames == 0)
        {
            return Okay;
        }

        ulong* target = frames > info->GrantFrames ? null : (ulong*)Guest.Write(list, frames * sizeof(ulong));
        if (target == null)
        {
            return GeneralError;
        }

        for (uint i = 0; i < frames; i++)
        {
            target[i] = info->GrantFrame + i;
        }

        return Okay;
    }
}
