using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>Hypercall 15: sets the one-shot timer to a system time; 0 cancels. Enters the kernel once.</summary>
internal static class SetTimerOp
{
    internal static long Run(ulong deadline)
    {
        CallCounts.Enter(VmCall.SetTimer, deadline == 0 ? 0 : Clock.Deadline(deadline));
        return 0;
    }
}
