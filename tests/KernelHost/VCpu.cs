using Tierce.Abi;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>Stands for a virtual CPU.</summary>
public unsafe struct VCpu
{
    public LoadedRoots Roots;

    public Thread* Thread;

    public Guest* Guest;

    public VCpuPage* Page;

    public VCpuPhase Phase;

    public DebugState Debug;

    public CrashReason Crash;

    public ulong CrashDetail, SyscallTarget;

    public bool EventCheck;

    public static int Live { get; set; }

    public static int TimersExpired { get; set; }

    public static ulong Raised { get; set; }

    public static LoadedRoots* RootsOf(VCpu* vcpu) => (LoadedRoots*)vcpu;

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
            vcpu->Phase = VCpuPhase.Running;
            Scheduler.MakeReady(cpu, vcpu->Thread);
        }

        return Status.Ok;
    }

    public static void Query(PerCpu* cpu, VCpu* vcpu, VCpuQueryResults* results) => results->State = (ulong)vcpu->Phase;

    public static void Destroy(PerCpu* cpu, VCpu* vcpu) => Live--;

    public static void Raise(PerCpu* cpu, VCpu* vcpu, ulong events) => Raised |= events;

    public static void TimerExpired(PerCpu* cpu, Thread* owner) => TimersExpired++;
}
