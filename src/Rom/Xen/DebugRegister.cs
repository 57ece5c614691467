namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercalls 8 and 9: debug registers. They hold what the guest writes, but no breakpoint is armed. Enters the kernel: no.
/// </summary>
internal static unsafe class DebugRegister
{
    /// <summary>DR6 after reset.</summary>
    internal const ulong InitialStatus = 0xffff_0ff0;

    /// <summary>DR7 after reset.</summary>
    internal const ulong InitialControl = 0x400;

    internal static long Set(ulong register, ulong value)
    {
        if (register > 7 || register is 4 or 5)
        {
            return Errno.Invalid;
        }

        Machine.State->Debug[(int)register] = value;
        return 0;
    }

    internal static long Get(ulong register) =>
        register > 7 || register is 4 or 5 ? Errno.Invalid : (long)Machine.State->Debug[(int)register];
}
