using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>Stands for the context switch: only what the objects can see of it.</summary>
public static unsafe class ContextSwitch
{
    public static void To(PerCpu* cpu, Thread* next)
    {
        Machine.ShowPorts(cpu, false);
        cpu->Current = next;
        if (next != null && next->Domain->HasPorts)
        {
            Domain.PortsOn(cpu, next->Domain);
        }
    }

    public static Thread* Between(PerCpu* cpu, Thread* current, Thread* next)
    {
        To(cpu, next);
        return next;
    }

    public static Thread* FromGuest(PerCpu* cpu, Thread* current, Thread* next) => Between(cpu, current, next);

    public static Thread* ToGuest(PerCpu* cpu, Thread* current, Thread* next, ulong events)
    {
        VCpu.Raise(cpu, next->VCpu, events);
        return Between(cpu, current, next);
    }

    public static void Forget(PerCpu* cpu, Thread* thread)
    {
        if (cpu->Current == thread)
        {
            Machine.ShowPorts(cpu, false);
            cpu->Current = null;
        }
    }
}

/// <summary>Stands for the way of calls and interrupts that <see cref="DirectCalls"/> does not carry out: the board goes it.</summary>
internal static unsafe class TrapHandlers
{
    public static Thread* CallOnward(PerCpu* cpu, Thread* thread) => null;

    public static Thread* LineOnward(PerCpu* cpu, Thread* thread, InterruptLine* line) => null;
}

/// <summary>Stands for a guest address space.</summary>
public unsafe struct Guest
{
    public GuestHeader Header;

    private ulong firstPage;

    private ulong frames;

    public static int Live { get; set; }

    public readonly bool Owns(ulong frame) => frame < frames;

    public readonly byte* FrameAddress(ulong frame) => Machine.ToVirtual((firstPage + frame) << 12);

    public void Give(ulong first, ulong count)
    {
        firstPage = first;
        frames = count;
    }

    public static Status Create(ulong firstPage, ulong pages, ulong cacheFirstPage, ulong cachePages, ulong bitmapFrame, ulong noteFrame, ulong settings, Guest** result)
    {
        if (noteFrame >= pages || bitmapFrame >= pages)
        {
            return Status.BadFrame;
        }

        *result = (Guest*)Machine.ToVirtual(cacheFirstPage << 12);
        Machine.ZeroPage(*result);
        Live++;
        return Status.Ok;
    }

    public static void Destroy(Guest* guest) => Live--;

    public readonly Status MapHole(ulong address, ulong frame, ulong pages, CapRights rights) =>
        frame < Header.Pages && pages <= Header.Pages - frame ? Status.Ok : Status.BadFrame;
}

/// <summary>Stands for a virtual CPU.</summary>
public unsafe struct VCpu
{
    public Thread* Thread;

    public Guest* Guest;

    public VCpuPage* Page;

    public VCpuState State;

    public fixed ulong DebugAddresses[4];

    public ulong DebugControl;

    public static int Live { get; set; }

    public static int TimersExpired { get; set; }

    public static ulong Raised { get; set; }

    public static Status Create(Guest* guest, ulong pageFrame, ulong bits, ulong headerFrame, Thread* thread, VCpu* vcpu)
    {
        if (pageFrame >= guest->Header.Pages)
        {
            return Status.BadFrame;
        }

        vcpu->Thread = thread;
        Live++;
        return Status.Ok;
    }

    public static Status Control(PerCpu* cpu, VCpu* vcpu, VCpuOperation operation, ulong argument)
    {
        if (operation == VCpuOperation.Start)
        {
            vcpu->State = VCpuState.Running;
            Scheduler.MakeReady(cpu, vcpu->Thread);
        }

        return Status.Ok;
    }

    public static void Query(VCpu* vcpu, RegisterFrame* result) => result->Rsi = (ulong)vcpu->State;

    public static void Destroy(PerCpu* cpu, VCpu* vcpu) => Live--;

    public static void Raise(PerCpu* cpu, VCpu* vcpu, ulong events) => Raised |= events;

    public static void TimerExpired(PerCpu* cpu, Thread* owner) => TimersExpired++;
}
