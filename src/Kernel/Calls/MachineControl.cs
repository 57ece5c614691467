using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.MachineControl"/>.</content>
public static unsafe partial class KernelCalls
{
    private const ulong MachineRestart = 1;

    private static Status MachineControl(Thread* caller)
    {
        Capability* cap;
        Status status = Decode.Find(caller, caller->Frame.Rdi, CapabilityType.Machine, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        if (caller->Frame.Rsi > MachineRestart)
        {
            return Status.BadArgument;
        }

        if (caller->Frame.Rsi == MachineRestart)
        {
            Machine.Restart();
        }
        else
        {
            Machine.Halt();
        }

        return Status.Ok;
    }
}
