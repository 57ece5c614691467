using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Translation.Guests;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Scheduling;

/// <summary>The event that a thread waits for.</summary>
public enum WaitKind : byte
{
    /// <summary>Nothing: it can run, unless it is suspended or dead.</summary>
    None,

    /// <summary>In an endpoint's queue of callers.</summary>
    Call,

    /// <summary>In an endpoint's queue of receivers.</summary>
    Receive,

    /// <summary>For the reply to its call.</summary>
    Reply,

    /// <summary>For bits of a notification.</summary>
    Notification,

    /// <summary>A virtual CPU that waits for an event, its monitor, or its first start.</summary>
    VCpu,
}

/// <summary>A thread of a domain, or a virtual CPU; one page.</summary>
[AssemblyNames("THREAD")]
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public unsafe struct Thread
{
    /// <summary>Offset of the FPU area (XSAVE needs a multiple of 64).</summary>
    public const int FpuOffset = 1024;

    /// <summary>Bytes of the FPU area.</summary>
    public const int FpuSize = 3072;

    /// <summary>Code selector of ring 3, 64-bit: Xen's FLAT_RING3_CS64, the same for guests.</summary>
    public const ulong UserCode = 0xe033;

    /// <summary>Data and stack selector of ring 3: Xen's FLAT_RING3_DS64.</summary>
    public const ulong UserData = 0xe02b;

    /// <summary>Registers while it does not run.</summary>
    [FieldOffset(0)] public RegisterFrame Frame;

    /// <summary>The same registers, by what they mean.</summary>
    [FieldOffset(0)] public Context Context;

    /// <summary>Head of the object.</summary>
    [FieldOffset(160)] public KernelObject Object;

    /// <summary>The virtual CPU's own part; null for threads of a domain.</summary>
    [FieldOffset(336)] public VCpu* VCpu;

    /// <summary>Domain it belongs to; a virtual CPU belongs to its monitor's.</summary>
    [FieldOffset(344)] public Domain* Domain;

    /// <summary>FS base: where a program finds the data of its thread.</summary>
    [FieldOffset(352)] public ulong TlsBase;

    /// <summary>GS base: where a kernel finds the data of its processor.</summary>
    [FieldOffset(360)] public ulong LocalBase;

    /// <summary>The CPU that it runs on.</summary>
    [FieldOffset(368)] public PerCpu* Cpu;

    /// <summary>Next in the ready queue of its priority (circular); itself while it is in none, once it has been in one.</summary>
    [FieldOffset(376)] public Thread* ReadyNext;

    /// <summary>Previous in the ready queue of its priority, likewise.</summary>
    [FieldOffset(384)] public Thread* ReadyPrevious;

    /// <summary>0 (lowest) to 31.</summary>
    [FieldOffset(392)] public byte Priority;

    /// <summary>In a ready queue. The running thread is, too.</summary>
    [FieldOffset(393)] public bool Queued;

    /// <summary>Stopped by ThreadControl, or not started: it does not run even if it waits for nothing.</summary>
    [FieldOffset(394)] public bool Suspended;

    /// <summary>Ended or faulted: it never runs again.</summary>
    [FieldOffset(395)] public bool Dead;

    /// <summary>What it waits for.</summary>
    [FieldOffset(396)] public WaitKind Wait;

    /// <summary>It ended a wait and goes before those that wait for their turn. Means nothing for the first thread of a queue.</summary>
    [FieldOffset(397)] public bool Woken;

    /// <summary>It had used up its slice when it began to wait. After that it waits for its turn.</summary>
    [FieldOffset(398)] public bool Spent;

    /// <summary>Time slice in TSC ticks.</summary>
    [FieldOffset(400)] public ulong Slice;

    /// <summary>Rest of the slice, in TSC ticks, when it was last charged; not 0 when the thread is chosen.</summary>
    [FieldOffset(408)] public ulong SliceLeft;

    /// <summary>TSC when it was last charged or got the CPU.</summary>
    [FieldOffset(416)] public ulong SliceStart;

    /// <summary>Endpoint or notification that it waits at.</summary>
    [FieldOffset(424)] public void* WaitObject;

    /// <summary>Next in the queue it waits in.</summary>
    [FieldOffset(432)] public Thread* WaitNext;

    /// <summary>Previous in the queue it waits in.</summary>
    [FieldOffset(440)] public Thread* WaitPrevious;

    /// <summary>The caller to which this thread owes a reply.</summary>
    [FieldOffset(448)] public Thread* Client;

    /// <summary>The thread that owes this one a reply.</summary>
    [FieldOffset(456)] public Thread* Server;

    /// <summary>Badge of the endpoint capability it called with.</summary>
    [FieldOffset(464)] public ulong Badge;

    /// <summary>Slot of the capability to delegate (caller) or to receive into (receiver); 0 for none.</summary>
    [FieldOffset(472)] public uint TransferSlot;

    /// <summary>Next virtual CPU of the same guest.</summary>
    [FieldOffset(480)] public Thread* NextInGuest;

    /// <summary>Guest of a virtual CPU.</summary>
    [FieldOffset(488)] public Guest* Guest;

    /// <summary>Deadline of a wait, or the timer of a virtual CPU.</summary>
    [FieldOffset(496)] public Timer Timer;

    /// <summary>Notification of a virtual CPU's monitor: signal it with <see cref="ThreadLife.NotifyMonitor"/>.</summary>
    [FieldOffset(560)] public Capability MonitorLink;

    /// <summary>XMM0 and XMM8 as they were at the entry: the only SIMD registers that the kernel's C# uses (16 bytes each).</summary>
    [FieldOffset(704)] public fixed ulong Simd[4];

    /// <summary>The GS base that SWAPGS would load (that of a virtual CPU's other ring).</summary>
    [FieldOffset(736)] public ulong OtherLocalBase;

    /// <summary>DS, ES, FS and GS selectors, 16 bits each, DS lowest.</summary>
    [FieldOffset(744)] public ulong Selectors;

    /// <summary>An exception ended it; <see cref="Frame"/> holds its registers.</summary>
    [FieldOffset(753)] public bool Faulted;

    /// <summary>It has used up its budget: it runs at priority 0 until the period ends.</summary>
    [FieldOffset(754)] public bool OverBudget;

    /// <summary>Priority that it gets back then.</summary>
    [FieldOffset(755)] public byte HomePriority;

    /// <summary>See <see cref="Scheduling.Budget"/>: TSC ticks that it may use in <see cref="Period"/>; 0 for no limit.</summary>
    [FieldOffset(760)] public ulong Budget;

    /// <summary>Length of the period in TSC ticks.</summary>
    [FieldOffset(768)] public ulong Period;

    /// <summary>TSC ticks used since the current period began, up to the last charge.</summary>
    [FieldOffset(776)] public ulong BudgetUsed;

    /// <summary>End of the current period.</summary>
    [FieldOffset(784)] public ulong PeriodEnd;

    /// <summary>Armed while a period is running.</summary>
    [FieldOffset(792)] public Timer BudgetTimer;

    /// <summary>FPU state in the layout of XSAVE (standard form).</summary>
    [FieldOffset(FpuOffset)] public fixed byte Fpu[FpuSize];

    /// <summary>Arguments of the kernel call that a thread has made. They are laid over its registers, so reading one is reading a register.</summary>
    /// <typeparam name="T">One of the <c>Arguments</c> of <c>src/Abi/Calls</c>.</typeparam>
    public static T* Arguments<T>(Thread* thread)
        where T : unmanaged => (T*)&thread->Frame;

    /// <summary>Results that a thread finds when its call returns, likewise.</summary>
    /// <typeparam name="T">One of the <c>Results</c> of <c>src/Abi/Calls</c>.</typeparam>
    public static T* Results<T>(Thread* thread)
        where T : unmanaged => (T*)&thread->Frame;
}
