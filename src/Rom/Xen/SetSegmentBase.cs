using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 25: FS and GS bases. The ROM sets FS and the guest kernel's GS itself (CR4.FSGSBASE is on, though hidden from the
/// guest). Enters the kernel: for a new GS base of guest user.
/// </summary>
internal static unsafe class SetSegmentBase
{
    private const ulong Fs = 0;
    private const ulong GsUser = 1;
    private const ulong GsKernel = 2;
    private const ulong GsUserSelector = 3;

    internal static long Run(ulong which, ulong value)
    {
        if (which == GsUserSelector)
        {
            return LoadSelector((ushort)value);
        }

        if (!Guest.IsCanonical(value))
        {
            return Errno.Invalid;
        }

        switch (which)
        {
            case Fs:
                Machine.WriteFsBase(value);
                return 0;
            case GsUser:
                SetUserGs(value);
                return 0;
            case GsKernel:
                Machine.WriteGsBase(value);
                return 0;
            default:
                return Errno.Invalid;
        }
    }

    private static long LoadSelector(ushort selector)
    {
        ulong selectorBase = 0;
        if (!Machine.LoadGs(selector, &selectorBase))
        {
            // As Xen: a selector that does not load becomes null.
            Machine.LoadGs(0, &selectorBase);
            selectorBase = 0;
        }

        SetUserGs((selector & ~3) == 0 ? 0 : selectorBase);
        return 0;
    }

    private static void SetUserGs(ulong value)
    {
        RomState* state = Machine.State;
        if (state->UserGsBase != value)
        {
            state->UserGsBase = value;
            CallCounts.Enter(VmCall.SetSegmentBase, (ulong)SegmentBase.GsUser, value);
        }
    }
}
