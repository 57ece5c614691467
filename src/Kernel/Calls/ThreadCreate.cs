using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.ThreadCreate"/>.</content>
public static unsafe partial class KernelCalls
{
    private static Status ThreadCreate(PerCpu* cpu, Thread* caller)
    {
        RegisterFrame* frame = &caller->Frame;
        Domain* domain;
        Status status = Decode.FindDomain(caller, frame->Rdi, &domain);
        if (status != Status.Ok)
        {
            return status;
        }

        int priority;
        ulong slice;
        status = Decode.Priority(caller, frame->R8, &priority, &slice);
        if (status != Status.Ok)
        {
            return status;
        }

        if (!Decode.IsUser(frame->Rdx) || !Decode.IsUser(frame->R10))
        {
            return Status.BadArgument;
        }

        Capability* slot;
        status = Decode.Prepare(caller, frame->Rsi, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Thread* thread = (Thread*)domain->Pool.Take();
        if (thread == null)
        {
            return Status.NoMemory;
        }

        Thread.Initialise(cpu, thread, domain, ObjectKind.Thread, priority, slice);
        thread->Frame.Rip = frame->Rdx;
        thread->Frame.Rsp = frame->R10;
        thread->Frame.Rdi = frame->R9;
        Derivation.Fill(slot, CapabilityType.Thread, CapRights.All, thread, 0, 0, &thread->Object.Root);
        return Status.Ok;
    }
}
