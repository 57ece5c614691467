using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>Hypercalls 8 and 9: debug registers. Enters the kernel once for a new address or a new control word.</summary>
internal static unsafe class DebugRegister
{
    /// <summary>DR6 after reset.</summary>
    internal const ulong InitialStatus = 0xffff_0ff0;

    /// <summary>DR7 after reset.</summary>
    internal const ulong InitialControl = 0x400;

    private const int Status = 6;

    internal static long Set(ulong register, ulong value)
    {
        if (register > 7 || register is 4 or 5)
        {
            return Errno.Invalid;
        }

        ulong* place = &Machine.State->Debug[register];
        if (register != Status && *place != value && CallCounts.Enter(VmCall.SetDebugRegister, register, value) != 0)
        {
            return Errno.Invalid;
        }

        *place = value;
        return 0;
    }

    internal static long Get(ulong register) =>
        register > 7 || register is 4 or 5 ? Errno.Invalid : (long)Machine.State->Debug[(int)register];
}
