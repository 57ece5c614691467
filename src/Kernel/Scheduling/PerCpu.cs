using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Switching;
using Tierce.Kernel.UserState;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Scheduling;

/// <summary>What the kernel keeps for one CPU.</summary>
/// <remarks>Entry code uses the first 128 bytes most, and reaches them with one-byte displacements.</remarks>
[AssemblyNames("CPU")]
[StructLayout(LayoutKind.Explicit, Size = 1088)]
public unsafe struct PerCpu
{
    /// <summary>Where entry code parks a register.</summary>
    [FieldOffset(0)] public ulong Scratch;

    /// <summary>Thread whose state is on this CPU; null when it is idle or that thread was destroyed.</summary>
    [FieldOffset(8)] public Thread* Current;

    /// <summary>End of the current thread's frame: its address plus 160.</summary>
    [FieldOffset(16)] public ulong FrameTop;

    /// <summary>Top of this CPU's kernel stack.</summary>
    [FieldOffset(24)] public ulong KernelStack;

    /// <summary>Where SYSCALL from the current thread goes.</summary>
    [FieldOffset(32)] public ulong SyscallTarget;

    /// <summary>The current virtual CPU's shared page, in the direct map.</summary>
    [FieldOffset(40)] public VCpuPage* VCpuPage;

    /// <summary>Bounds of the current guest's ROM text: a SYSCALL from there is a kernel call.</summary>
    [FieldOffset(48)] public ulong RomTextStart;

    /// <inheritdoc cref="RomTextStart"/>
    [FieldOffset(56)] public ulong RomTextEnd;

    /// <summary>Where the current guest's ROM takes hypercalls.</summary>
    [FieldOffset(64)] public ulong RomHypercall;

    /// <summary>Where the current guest's ROM takes guest user's system calls.</summary>
    [FieldOffset(72)] public ulong RomSyscall;

    /// <summary>Physical address of the current virtual CPU's top-level table for guest kernel mode.</summary>
    [FieldOffset(80)] public ulong GuestKernelRoot;

    /// <summary>Physical address of the current virtual CPU's top-level table for guest user mode; 0 if it has none.</summary>
    [FieldOffset(88)] public ulong GuestUserRoot;

    /// <summary>System calls of guest user so far: each a virtual-ring switch, with one load of CR3 and one SYSRET.</summary>
    [FieldOffset(96)] public ulong SystemCalls;

    /// <summary>Hypercalls handed to the ROM so far, each by one SYSRET.</summary>
    [FieldOffset(104)] public ulong Hypercalls;

    /// <summary>Where the current guest's ROM counts its notes (guest memory).</summary>
    [FieldOffset(112)] public uint* NoteCount;

    /// <summary>Returns to guest user by SYSRET so far: each a virtual-ring switch, with one load of CR3.</summary>
    [FieldOffset(120)] public ulong FastReturns;

    /// <summary>Bit n: the ready queue of priority n is not empty.</summary>
    [FieldOffset(128)] public uint ReadyMask;

    /// <summary>The exit path has to ask <see cref="Scheduler.Choose"/>.</summary>
    [FieldOffset(132)] public bool Reschedule;

    /// <summary>Pending timers.</summary>
    [FieldOffset(136)] public TimerQueue Timers;

    /// <summary>Ends the current thread's time slice.</summary>
    [FieldOffset(160)] public Timer SliceTimer;

    /// <summary>The domain whose ports the processor's bitmap shows; null for none.</summary>
    [FieldOffset(208)] public Domain* PortsOwner;

    /// <summary>Where the processor reads whether the bitmap counts.</summary>
    [FieldOffset(216)] public ushort* PortMapBase;

    /// <summary>Kernel calls of domains so far.</summary>
    [FieldOffset(224)] public ulong Calls;

    /// <summary>Context switches so far (counted by <see cref="ContextSwitch"/>).</summary>
    [FieldOffset(232)] public ulong ContextSwitches;

    /// <summary>Interrupts delivered so far.</summary>
    [FieldOffset(240)] public ulong Interrupts;

    /// <summary>
    /// The virtual CPU that ran last here: its descriptors are in this processor's tables, its other GS base is in the register that SWAPGS
    /// exchanges, and what entry code needs of it is above. Domains' threads leave all of that alone.
    /// </summary>
    [FieldOffset(248)] public VCpu* DescriptorOwner;

    /// <summary>Heads of the ready queues (<see cref="Thread"/> pointers), by priority.</summary>
    [FieldOffset(256)] public fixed ulong Ready[Scheduler.Priorities];

    /// <summary>What is counted beside these.</summary>
    [FieldOffset(512)] public Counters Counters;

    /// <summary>
    /// <see cref="DescriptorOwner"/>, if a switch between it and a domain's thread may take the short form: it has no breakpoint, and no
    /// switch between domains has more to do than load the other's root. Else null.
    /// </summary>
    [FieldOffset(960)] public VCpu* QuickGuest;

    /// <summary>Where SYSCALL goes from a domain's thread.</summary>
    [FieldOffset(968)] public ulong DomainSyscall;

    /// <summary>Where SYSCALL goes from guest user: so entry code knows that ring.</summary>
    [FieldOffset(976)] public ulong GuestUserSyscall;

    /// <summary>Where SYSCALL goes from guest kernel.</summary>
    [FieldOffset(984)] public ulong GuestKernelSyscall;

    /// <summary>The guest or domain that branch predictors have learnt from since the last barrier.</summary>
    [FieldOffset(992)] public void* PredictionOwner;

    /// <summary>Where user roots do not hold the kernel: the root to load on the way out.</summary>
    [FieldOffset(1000)] public ulong ExitRoot;

    /// <summary>Entries of GDT and LDT behind which all are 0 (but ours).</summary>
    [FieldOffset(1008)] public fixed uint DescriptorsUsed[2];

    /// <summary>Where the processor looks for the place to store a frame: what <see cref="FrameTop"/> is, is written there too.</summary>
    [FieldOffset(1016)] public ulong* FrameTopCopy;

    /// <summary>How often the whole TLB was emptied, since a guest's translations in it may be global.</summary>
    [FieldOffset(1024)] public ulong GlobalFlushes;

    /// <summary>The current guest's first frame, in the direct map.</summary>
    [FieldOffset(1032)] public byte* GuestMemory;

    /// <summary>Size of its memory.</summary>
    [FieldOffset(1040)] public ulong GuestBytes;

    /// <summary>The guest's own top-level table for its user mode, in the direct map.</summary>
    [FieldOffset(1048)] public byte* GuestUserTable;

    /// <summary>Where the current guest's ROM takes exceptions.</summary>
    [FieldOffset(1056)] public ulong RomException;

    /// <summary>Selector that does as well as the flat one for user code, by the current guest's descriptors (<see cref="DescriptorTables"/>).</summary>
    [FieldOffset(1064)] public uint OtherUserCode;

    /// <summary>The same for the stack.</summary>
    [FieldOffset(1068)] public uint OtherUserData;

    /// <summary>Page faults of guest user that entry code gave to the guest so far: each a virtual-ring switch, with one load of CR3 and one IRET.</summary>
    [FieldOffset(1072)] public ulong UserFaults;

    /// <summary>Returns to guest user by IRET in entry code so far: each a virtual-ring switch, with one load of CR3.</summary>
    [FieldOffset(1080)] public ulong IretReturns;
}
