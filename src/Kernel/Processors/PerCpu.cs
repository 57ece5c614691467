using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Switching;
using Tierce.Kernel.UserState;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Processors;

/// <summary>The kernel's data for one CPU.</summary>
/// <remarks>Entry code uses the first 128 bytes most: two cache lines. It reaches them by the address of the symbol <c>cpu</c>.</remarks>
[AssemblyNames("CPU")]
[StructLayout(LayoutKind.Explicit, Size = 1088)]
public unsafe struct PerCpu
{
    /// <summary>Place where entry code saves a register.</summary>
    [FieldOffset(0)] public ulong Scratch;

    /// <summary>Thread whose state is on this CPU; null when it is idle or that thread was destroyed.</summary>
    [FieldOffset(8)] public Thread* Current;

    /// <summary>End of the current thread's frame: its address plus 160.</summary>
    [FieldOffset(16)] public ulong FrameTop;

    /// <summary>Top of this CPU's kernel stack.</summary>
    [FieldOffset(24)] public ulong KernelStack;

    /// <summary>Target of SYSCALL from the current thread.</summary>
    [FieldOffset(32)] public ulong SyscallTarget;

    /// <summary>The current virtual CPU's shared page, in the direct map.</summary>
    [FieldOffset(40)] public VCpuPage* VCpuPage;

    /// <summary>Bounds of the current guest's ROM text: a SYSCALL from there is a kernel call.</summary>
    [FieldOffset(48)] public ulong RomTextStart;

    /// <inheritdoc cref="RomTextStart"/>
    [FieldOffset(56)] public ulong RomTextEnd;

    /// <summary>The current guest's ROM entry for hypercalls.</summary>
    [FieldOffset(64)] public ulong RomHypercall;

    /// <summary>The current guest's ROM entry for guest user's system calls.</summary>
    [FieldOffset(72)] public ulong RomSyscall;

    /// <summary>Physical address of the current virtual CPU's top-level table for guest kernel mode.</summary>
    [FieldOffset(80)] public ulong GuestKernelRoot;

    /// <summary>Physical address of the current virtual CPU's top-level table for guest user mode; 0 if it has none.</summary>
    [FieldOffset(88)] public ulong GuestUserRoot;

    /// <summary>System calls of guest user so far: each a virtual-ring switch, with one load of CR3 and one SYSRET.</summary>
    [FieldOffset(96)] public ulong SystemCalls;

    /// <summary>Hypercalls passed to the ROM so far, each by one SYSRET.</summary>
    [FieldOffset(104)] public ulong Hypercalls;

    /// <summary>The count of notes of the current guest's ROM (guest memory).</summary>
    [FieldOffset(112)] public uint* NoteCount;

    /// <summary>Returns to guest user by SYSRET so far: each a virtual-ring switch, with one load of CR3.</summary>
    [FieldOffset(120)] public ulong FastReturns;

    /// <summary>Bit n: the ready queue of priority n is not empty.</summary>
    [FieldOffset(128)] public uint ReadyMask;

    /// <summary>Whether the exit path has to ask <see cref="Scheduler.Choose"/>.</summary>
    [FieldOffset(132)] public bool Reschedule;

    /// <summary>Pending timers.</summary>
    [FieldOffset(136)] public TimerQueue Timers;

    /// <summary>Ends the current thread's time slice.</summary>
    [FieldOffset(160)] public Timer SliceTimer;

    /// <summary>The domain whose ports the processor's bitmap shows; null for none.</summary>
    [FieldOffset(208)] public Domain* PortsOwner;

    /// <summary>The field in which the processor reads whether the bitmap applies.</summary>
    [FieldOffset(216)] public ushort* PortMapBase;

    /// <summary>Kernel calls of domains so far.</summary>
    [FieldOffset(224)] public ulong Calls;

    /// <summary>Context switches so far (counted by <see cref="ContextSwitch"/>).</summary>
    [FieldOffset(232)] public ulong ContextSwitches;

    /// <summary>Interrupts delivered so far.</summary>
    [FieldOffset(240)] public ulong Interrupts;

    /// <summary>
    /// The virtual CPU that ran last here. Its descriptors are in this processor's tables, its other GS base is in the register that SWAPGS
    /// exchanges, and the fields above hold what entry code needs of it. Domains' threads leave all of that unchanged.
    /// </summary>
    [FieldOffset(248)] public VCpu* DescriptorOwner;

    /// <summary>Heads of the ready queues (<see cref="Thread"/> pointers), by priority.</summary>
    [FieldOffset(256)] public fixed ulong Ready[Scheduler.Priorities];

    /// <summary>Further counters.</summary>
    [FieldOffset(512)] public Counters Counters;

    /// <summary>
    /// <see cref="DescriptorOwner"/>, if a switch between it and a domain's thread may take the short form; otherwise null. It may if the
    /// virtual CPU has no breakpoint, and a switch between domains only has to load the other's root.
    /// </summary>
    [FieldOffset(960)] public VCpu* FastSwitchGuest;

    /// <summary>Target of SYSCALL from a domain's thread.</summary>
    [FieldOffset(968)] public ulong DomainSyscall;

    /// <summary>Target of SYSCALL from guest user, by which entry code recognises that ring.</summary>
    [FieldOffset(976)] public ulong GuestUserSyscall;

    /// <summary>Target of SYSCALL from guest kernel.</summary>
    [FieldOffset(984)] public ulong GuestKernelSyscall;

    /// <summary>The guest or domain from which branch predictors have learnt since the last barrier.</summary>
    [FieldOffset(992)] public void* PredictionOwner;

    /// <summary>The root to load on the way out, where user roots leave out the kernel.</summary>
    [FieldOffset(1000)] public ulong ExitRoot;

    /// <summary>Number of entries of GDT and LDT after which all are 0 (except the kernel's).</summary>
    [FieldOffset(1008)] public fixed uint DescriptorsUsed[2];

    /// <summary>The field in which the processor reads where to store a frame. It gets each new value of <see cref="FrameTop"/>.</summary>
    [FieldOffset(1016)] public ulong* FrameTopCopy;

    /// <summary>How often the whole TLB was flushed because a guest's translations in it may be global.</summary>
    [FieldOffset(1024)] public ulong GlobalFlushes;

    /// <summary>The current guest's first frame, in the direct map.</summary>
    [FieldOffset(1032)] public byte* GuestMemory;

    /// <summary>Size of its memory.</summary>
    [FieldOffset(1040)] public ulong GuestBytes;

    /// <summary>The guest's own top-level table for its user mode, in the direct map.</summary>
    [FieldOffset(1048)] public byte* GuestUserTable;

    /// <summary>The current guest's ROM entry for exceptions.</summary>
    [FieldOffset(1056)] public ulong RomException;

    /// <summary>
    /// Selector that the current guest's descriptors make equal to the flat one for user code (<see cref="DescriptorTables"/>).
    /// </summary>
    [FieldOffset(1064)] public uint OtherUserCode;

    /// <summary>The same for the stack.</summary>
    [FieldOffset(1068)] public uint OtherUserData;

    /// <summary>
    /// Page faults of guest user that entry code passed to the guest so far: each a virtual-ring switch, with one load of CR3 and one IRET.
    /// </summary>
    [FieldOffset(1072)] public ulong UserFaults;

    /// <summary>Returns to guest user by IRET in entry code so far: each a virtual-ring switch, with one load of CR3.</summary>
    [FieldOffset(1080)] public ulong IretReturns;
}
