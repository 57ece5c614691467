using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.MachineControl"/>.</content>
public static unsafe partial class KernelCalls
{
    private const ulong MachineRestart = 1;

    private static Status MachineControl(Thread* caller)
    {
        MachineControlArguments* arguments = Thread.Arguments<MachineControlArguments>(caller);
        Capability* cap;
        Status status = Decode.Find(caller, arguments->Machine, CapabilityType.Machine, CapRights.Control, &cap);
        if (status != Status.Ok)
        {
            return status;
        }

        if (arguments->Operation > MachineRestart)
        {
            return Status.BadArgument;
        }

        if (arguments->Operation == MachineRestart)
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
