using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.CapRevoke"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status CapRevoke(PerCpu* cpu, Thread* caller)
    {
        Capability* cap = caller->Domain->Capabilities.Find(Thread.Arguments<CapRevokeArguments>(caller)->Cap);
        if (cap == null)
        {
            return Status.BadCapability;
        }

        int budget = Derivation.CallBudget;
        while (budget > 0 && Reaper.Run(cpu, ref budget))
        {
            if (cap->Type == CapabilityType.None || Derivation.Revoke(cpu, cap, ref budget))
            {
                return Status.Ok;
            }
        }

        return Status.Again;
    }
}
