using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation.Guests;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.VCpuCreate"/>. Two pages of the caller's pool: the thread and the virtual CPU's own part.</content>
public static unsafe partial class KernelCalls
{
    private const ulong VCpuFrameMask = (1UL << 48) - 1;
    private const ulong VCpuPages = 2;

    private static Status VCpuCreate(PerCpu* cpu, Thread* caller)
    {
        VCpuCreateArguments* arguments = Thread.Arguments<VCpuCreateArguments>(caller);
        Capability* guestCap;
        Status status = Decode.Find(caller, arguments->Guest, CapabilityType.Guest, CapRights.Control, &guestCap);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* notification;
        status = Decode.Find(caller, arguments->Notification, CapabilityType.Notification, CapRights.Send, &notification);
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

        GuestHeader* header = (GuestHeader*)guestCap->Object;
        if (GuestHeader.CountVCpus(header) >= GuestHeader.VCpuLimit)
        {
            return Status.BadState;
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Domain* domain = caller->Domain;
        if (domain->Pool.Available < VCpuPages)
        {
            return Status.NoMemory;
        }

        Thread* thread = (Thread*)domain->Pool.Take();
        VCpu* vcpu = (VCpu*)domain->Pool.Take();
        Guest* guest = (Guest*)guestCap->Object;
        status = VCpu.Create(guest, arguments->PageFrame & VCpuFrameMask, arguments->Bits, arguments->RomFrame, thread, vcpu);
        if (status != Status.Ok)
        {
            domain->Pool.Give(vcpu);
            domain->Pool.Give(thread);
            return status;
        }

        ThreadLife.Initialise(cpu, thread, domain, ObjectKind.VCpu, priority, slice);
        thread->VCpu = vcpu;
        thread->Guest = guest;
        thread->NextInGuest = header->FirstVCpu;
        header->FirstVCpu = thread;
        Notification.MakeLink(&thread->MonitorLink, notification, arguments->Bits);
        Derivation.Fill(slot, CapabilityType.VCpu, CapRights.All, thread, 0, 0, &thread->Object.Root);
        return Status.Ok;
    }
}
