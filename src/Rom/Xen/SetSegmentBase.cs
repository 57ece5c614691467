using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 25: FS and GS bases. The ROM sets FS and the guest kernel's GS itself, since CR4.FSGSBASE is on. Enters the kernel for a new
/// GS base of guest user, and to read that base if guest user has run since.
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
            // As on Xen, a selector that cannot be loaded becomes null.
            Machine.LoadGs(0, &selectorBase);
            selectorBase = 0;
        }

        SetUserGs((selector & ~3) == 0 ? 0 : selectorBase);
        return 0;
    }

    /// <summary>The GS base of guest user, which may have changed it by an instruction or by loading a selector.</summary>
    internal static ulong ReadUserGs()
    {
        RomState* state = Machine.State;
        if (!IsKnown(state))
        {
            Note(state, (ulong)CallCounts.Enter(VmCall.ReadUserGsBase));
        }

        return state->UserGsBase;
    }

    private static void SetUserGs(ulong value)
    {
        RomState* state = Machine.State;
        if (!IsKnown(state) || state->UserGsBase != value)
        {
            Note(state, value);
            CallCounts.Enter(VmCall.SetSegmentBase, (ulong)SegmentBase.GsUser, value);
        }
    }

    private static bool IsKnown(RomState* state) => state->UserGsReturns == state->CallsMade[CallCounts.Iret];

    private static void Note(RomState* state, ulong value)
    {
        state->UserGsReturns = state->CallsMade[CallCounts.Iret];
        state->UserGsBase = value;
    }
}
