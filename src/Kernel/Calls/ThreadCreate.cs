using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.ThreadCreate"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status ThreadCreate(PerCpu* cpu, Thread* caller)
    {
        ThreadCreateArguments* arguments = Thread.Arguments<ThreadCreateArguments>(caller);
        Domain* domain;
        Status status = Decode.FindDomain(caller, arguments->Domain, &domain);
        if (status != Status.Ok)
        {
            return status;
        }

        int priority;
        ulong slice;
        status = Decode.Priority(caller, arguments->Priority, &priority, &slice);
        if (status != Status.Ok)
        {
            return status;
        }

        if (!Decode.IsUser(arguments->Entry) || !Decode.IsUser(arguments->Stack))
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Thread* thread = (Thread*)domain->Pool.Take();
        if (thread == null)
        {
            return Status.NoMemory;
        }

        ThreadLife.Initialise(cpu, thread, domain, ObjectKind.Thread, priority, slice);
        thread->Context.InstructionPointer = arguments->Entry;
        thread->Context.StackPointer = arguments->Stack;
        thread->Context.FirstArgument = arguments->Argument;
        Derivation.Fill(slot, CapabilityType.Thread, CapRights.All, thread, 0, 0, &thread->Object.Root);
        return Status.Ok;
    }
}
