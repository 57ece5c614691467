using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Rom.State;

/// <summary>The whole state of the ROM, at the start of its data (<see cref="HoleLayout.RomData"/>). It is zero at start.</summary>
/// <remarks>It serves the one virtual CPU. With several, the first part would exist for each.</remarks>
[AssemblyNames("ROM")]
[StructLayout(LayoutKind.Explicit, Size = 16384)]
internal unsafe struct RomState
{
    /// <summary>Most addresses that the ROM invalidates one by one at the end of a batch. More of them become a flush.</summary>
    internal const int MostInvalidations = 4;

    /// <summary>Stack pointer of the guest kernel for entries from guest user (stack_switch).</summary>
    [FieldOffset(0)] internal ulong KernelSp;

    /// <summary>The guest's vcpu_info, through the window.</summary>
    [FieldOffset(8)] internal VcpuInfo* VcpuInfo;

    /// <summary>Guest's event handler.</summary>
    [FieldOffset(16)] internal ulong EventCallback;

    /// <summary>
    /// The guest's handler for a frame that cannot be loaded. The ROM stores it but never calls it: it stops such a guest.
    /// </summary>
    [FieldOffset(24)] internal ulong FailsafeCallback;

    /// <summary>Guest's handler for system calls of 64-bit code.</summary>
    [FieldOffset(32)] internal ulong SyscallCallback;

    /// <summary>1 when a system call masks events.</summary>
    [FieldOffset(40)] internal byte SyscallMasks;

    /// <summary>
    /// Where the guest kernel continues after a hypercall; 0 if it called the ROM and the address is on its stack, at
    /// <see cref="ExitRsp"/>.
    /// </summary>
    [FieldOffset(48)] internal ulong ExitRip;

    /// <summary>RFLAGS at the hypercall.</summary>
    [FieldOffset(56)] internal ulong ExitRflags;

    /// <summary>RSP at the hypercall.</summary>
    [FieldOffset(64)] internal ulong ExitRsp;

    /// <summary>RCX of the exception being reflected.</summary>
    [FieldOffset(72)] internal ulong SavedRcx;

    /// <summary>R11 of the exception being reflected.</summary>
    [FieldOffset(80)] internal ulong SavedR11;

    /// <summary>Scratch of an exception inside the ROM.</summary>
    [FieldOffset(88)] internal ulong NestedRax;

    /// <inheritdoc cref="NestedRax"/>
    [FieldOffset(96)] internal ulong NestedRcx;

    /// <inheritdoc cref="NestedRax"/>
    [FieldOffset(104)] internal ulong NestedR11;

    /// <inheritdoc cref="NestedRax"/>
    [FieldOffset(112)] internal ulong NestedTarget;

    /// <summary>RSP at the iret hypercall: the address of its frame.</summary>
    [FieldOffset(120)] internal ulong IretRsp;

    /// <summary>Registers of the hypercall (arguments only) or of the emulated instruction (all).</summary>
    [FieldOffset(128)] internal RegisterFrame Frame;

    /// <summary>Copy of an iret frame that an event's frame may overwrite.</summary>
    [FieldOffset(288)] internal BounceFrame Bounce;

    /// <summary>Not 0 once the state has been set up.</summary>
    [FieldOffset(384)] internal uint Ready;

    /// <summary>Not 0 once the guest has moved its vcpu_info.</summary>
    [FieldOffset(388)] internal uint VcpuInfoMoved;

    /// <summary>Frame of guest kernel's top-level table.</summary>
    [FieldOffset(392)] internal ulong KernelRoot;

    /// <summary>Frame of guest user's top-level table, 0 for none.</summary>
    [FieldOffset(400)] internal ulong UserRoot;

    /// <summary>The work of the end of the batch.</summary>
    [FieldOffset(408)] internal uint BatchWork;

    /// <summary>Number of addresses in <see cref="Invalidations"/>.</summary>
    [FieldOffset(412)] internal uint InvalidationCount;

    /// <summary>Addresses to invalidate at the end of the batch.</summary>
    [FieldOffset(416)] internal fixed ulong Invalidations[MostInvalidations];

    /// <summary>One bit for each hypercall number: the ROM has logged that it is absent.</summary>
    [FieldOffset(448)] internal ulong LoggedCalls;

    /// <summary>Virtual CR0 (the guest's TS only).</summary>
    [FieldOffset(456)] internal ulong Cr0;

    /// <summary>Virtual CR4, as last written.</summary>
    [FieldOffset(464)] internal ulong Cr4;

    /// <summary>Virtual XCR0, as last written.</summary>
    [FieldOffset(472)] internal ulong Xcr0;

    /// <summary>GS base of guest user. It is valid until guest user has run: see <see cref="UserGsReturns"/>.</summary>
    [FieldOffset(480)] internal ulong UserGsBase;

    /// <summary>
    /// Number of iret hypercalls when <see cref="UserGsBase"/> was read or set. Every way to guest user begins with one, and guest user can
    /// change the base. After another iret the ROM has to ask the kernel again.
    /// </summary>
    [FieldOffset(488)] internal ulong UserGsReturns;

    /// <summary>Number of the guest's entries in <see cref="Machine.GdtImage"/>.</summary>
    [FieldOffset(496)] internal uint GdtShown;

    /// <summary>Not 0 while a multicall runs.</summary>
    [FieldOffset(500)] internal uint InMulticall;

    /// <summary>Virtual debug registers.</summary>
    [FieldOffset(504)] internal fixed ulong Debug[8];

    /// <summary>DR6, to which exceptions add their cause.</summary>
    [FieldOffset(552)] internal ulong DebugStatus;

    /// <summary>Port of each virtual interrupt, 0 for none.</summary>
    [FieldOffset(568)] internal fixed uint VirqPorts[EventPort.Virqs];

    /// <summary>
    /// The note that the next page-table entry of a patched Linux can extend: it covers the entry before. The note page has the address of
    /// that next entry (<see cref="NotePage.Next"/>); 0 there if it is unknown or would be in another table.
    /// </summary>
    [FieldOffset(664)] internal ulong NextNote;

    /// <summary>Distance from the guest's own address of that table to the window's.</summary>
    [FieldOffset(672)] internal ulong NextWindow;

    /// <summary>First and last changed entry of GDT and LDT, if <see cref="BatchWork"/> has a bit for them.</summary>
    [FieldOffset(704)] internal fixed uint DescriptorRanges[4];

    /// <summary>
    /// The current hypercall, and the one that last requested work for the end of the batch (<see cref="Xen.CallCounts"/>).
    /// </summary>
    [FieldOffset(720)] internal uint Call;

    /// <inheritdoc cref="Call"/>
    [FieldOffset(724)] internal uint BatchCall;

    /// <summary>The guest's shared_info, through the window.</summary>
    [FieldOffset(728)] internal SharedInfo* SharedInfo;

    /// <summary>The console's input on its way to Xen's console ring. 24 bytes.</summary>
    [FieldOffset(736)] internal InputRing Input;

    /// <summary>For each hypercall number: how often it was made, and how often it entered the kernel.</summary>
    [FieldOffset(768)] internal fixed ulong CallsMade[64];

    /// <inheritdoc cref="CallsMade"/>
    [FieldOffset(1280)] internal fixed ulong CallsEntered[64];

    /// <summary>The guest's clock, once its rate has changed.</summary>
    [FieldOffset(1792)] internal ClockLine Clock;

    /// <summary>The monitor's rate that the clock follows (<see cref="RomInfo.NextRate"/>).</summary>
    [FieldOffset(1824)] internal ulong ClockRate;

    /// <summary>Where the guest's user code reads the clock, through the window; null if it does not.</summary>
    [FieldOffset(1832)] internal TimeInfo* TimeArea;

    /// <summary>
    /// The frame with which guest user resumes after an instruction that the ROM has executed. A word below it is scratch.
    /// </summary>
    [FieldOffset(1848)] internal IretFrame UserFrame;

    /// <summary>Address of the bitmap of ports that guest user may use (set_iobitmap): a bit that is 0 allows its port.</summary>
    [FieldOffset(1920)] internal ulong PortBitmap;

    /// <summary>Ports that the bitmap covers.</summary>
    [FieldOffset(1928)] internal uint PortBitmapPorts;

    /// <summary>The virtual I/O privilege level, 0 to 3 (set_iopl).</summary>
    [FieldOffset(1932)] internal uint IoLevel;

    /// <summary>One bit for each type of vm_assist that the guest has enabled.</summary>
    [FieldOffset(1936)] internal ulong Assists;

    /// <summary>One bit for each hypercall number: the ROM has logged an absent operation of it.</summary>
    [FieldOffset(1944)] internal ulong LoggedOperations;

    /// <summary>Number of frames that the guest has given back (decrease_reservation).</summary>
    [FieldOffset(1952)] internal ulong FramesGivenBack;

    /// <summary>RFLAGS of the last return to guest user, from its frame: they contain the architectural I/O privilege level.</summary>
    [FieldOffset(1960)] internal ulong UserFlags;

    /// <summary>
    /// All bits of the level if bits 12 and 13 of <see cref="UserFlags"/> are the privilege level and frames show it; otherwise 0.
    /// </summary>
    [FieldOffset(1968)] internal ulong ShownLevel;

    /// <summary>The guest's handlers of events, system calls and page faults, while the ROM's own replace them to show the level.</summary>
    [FieldOffset(1976)] internal ulong RealEvent;

    /// <inheritdoc cref="RealEvent"/>
    [FieldOffset(1984)] internal ulong RealSyscall;

    /// <inheritdoc cref="RealEvent"/>
    [FieldOffset(1992)] internal ulong RealPageFault;

    /// <summary>The monitor's count of output taken, from the last time when no event of the console was pending.</summary>
    [FieldOffset(2000)] internal uint OutputTold;

    /// <summary>First of <see cref="TrapEntry.Count"/> trap entries. The tables come last: fields in the first 4 KiB are reached without a null check.</summary>
    [FieldOffset(4096)] internal TrapEntry Traps;

    /// <summary>First of <see cref="EventPort.Count"/> event channel ports.</summary>
    [FieldOffset(8704)] internal EventPort Ports;

    /// <summary>First of <see cref="GrantMapping.Count"/> mappings of granted frames.</summary>
    [FieldOffset(10752)] internal GrantMapping GrantMappings;
}
