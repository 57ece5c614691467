using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>First bytes of a ROM image (at <see cref="HoleLayout.RomText"/>): its entry points, as absolute addresses.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct RomHeader
{
    /// <summary>"TierceR1" in ASCII, first character in the lowest byte.</summary>
    public const ulong ExpectedMagic = 0x3152_6563_7265_6954;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;

    /// <summary>
    /// The guest kernel executed SYSCALL outside the ROM. <see cref="VCpuPage.Entry"/>.Rip is the return address, R11 holds RFLAGS, RCX is
    /// lost, every other register is the guest's, RSP included.
    /// </summary>
    public ulong HypercallEntry;

    /// <summary>
    /// Guest user executed SYSCALL. Rip, Rflags and Rsp of the guest user are in <see cref="VCpuPage.Entry"/>; RCX and R11 are
    /// lost, every other register is the guest's, RSP included. Runs in the guest kernel root, GS bases swapped, EntryUserMode = 1.
    /// </summary>
    public ulong SyscallEntry;

    /// <summary>
    /// An exception or software interrupt of guest user or kernel (VMINT and other ROM code included). <see cref="VCpuPage.Entry"/>,
    /// Vector, ErrorCode, FaultAddress and EntryUserMode are in the vCPU page; every general register is the guest's, RSP included.
    /// GS bases swapped if it came from user. At this entry, the system call's and VMINT's, RFLAGS has IF set and DF, TF, NT and AC clear.
    /// At <see cref="HypercallEntry"/> RFLAGS is the guest kernel's own, without TF and RF.
    /// </summary>
    public ulong ExceptionEntry;

    /// <summary>
    /// VMINT: an event is pending and InVmint is 1. VMUSR's RIP, CS, RFLAGS, RSP and SS are in <see cref="VCpuPage.Usr"/>; its general
    /// registers are still in the processor, so the ROM has to store them before it uses them. GS bases are the guest kernel's.
    /// </summary>
    public ulong VmintEntry;

    /// <summary>First and last-plus-one address of text: a SYSCALL that returns there is a kernel call.</summary>
    public ulong TextStart, TextEnd;

    /// <summary>Last-plus-one address of what is mapped read-only from <see cref="HoleLayout.RomText"/> (page aligned).</summary>
    public ulong ReadOnlyEnd;

    /// <summary>Last-plus-one address of the data (with its zeroed part) from <see cref="HoleLayout.RomData"/> (page aligned).</summary>
    public ulong DataEnd;

    /// <summary>Bytes of initialised data that follow the read-only part in the image file (page aligned offset in the file).</summary>
    public ulong DataFileOffset, DataFileSize;

    /// <summary>
    /// The guest kernel called the ROM through a slot of its hypercall page or a patched stub, without a kernel entry. The return address
    /// is on top of its stack; number and arguments are as for SYSCALL. Every register except RAX is preserved, RCX and R11 too.
    /// </summary>
    public ulong HypercallCallEntry;

    /// <summary>The guest kernel jumped to the ROM for the iret hypercall. RSP points to the frame that SYSCALL would have found.</summary>
    public ulong IretEntry;

    /// <summary>
    /// A patched guest kernel called the ROM to write a page-table entry (address in RDI, value in RSI). The address of the variables of
    /// Linux that the ROM needs follows the call instruction.
    /// </summary>
    public ulong SetEntryEntry;

    /// <summary>
    /// A patched guest kernel called the ROM to pin or unpin all tables of an address space (address of the top-level one in RSI). The
    /// address of the variables of Linux that the ROM needs follows the call instruction.
    /// </summary>
    public ulong PinTablesEntry, UnpinTablesEntry;

    /// <summary>
    /// A patched guest kernel called the ROM for one table: an address space (RDI) gets a table of the lowest level, or of a level between
    /// that and the highest (frame in RSI), or returns one (frame in RDI). The address of the variables of Linux that the ROM needs follows
    /// the call instruction.
    /// </summary>
    public ulong AllocateLowestEntry, AllocateUpperEntry, ReleaseTableEntry;

    /// <summary>A patched guest kernel called the ROM to flush one page (address in RDI).</summary>
    public ulong FlushPageEntry;

    /// <summary>
    /// A patched guest kernel called the ROM to load the top-level tables of a process (physical address of the kernel's in RDI) or the
    /// stack for entries from guest user (RDI). The address of the variables of Linux that the ROM needs follows the call instruction.
    /// </summary>
    public ulong WriteRootEntry, LoadStackEntry;

    /// <summary>A patched guest kernel jumped to the ROM to read the GS base of its user (into RAX), or to set it (RDI). Its caller's address is on top of its stack.</summary>
    public ulong ReadUserBaseEntry, WriteUserBaseEntry;

    /// <summary>The definition of the ABI with which the ROM was built (<see cref="ImageIdentity"/>).</summary>
    public ulong Identity;
}

/// <summary>Information for the ROM from the monitor, on the page at <see cref="HoleLayout.RomInfoPage"/>.</summary>
[AssemblyNames("INFO")]
[StructLayout(LayoutKind.Sequential)]
public unsafe struct RomInfo
{
    /// <summary>Frames of RAM that the guest knows of: frames 0 up to this number.</summary>
    public ulong RamFrames;

    /// <summary>All frames of the guest: RAM, then shared information, grant frames and the ROM's own.</summary>
    public ulong AllFrames;

    /// <summary>Guest frame of Xen's shared_info page.</summary>
    public ulong SharedInfoFrame;

    /// <summary>First guest frame of the grant table, and how many there are.</summary>
    public ulong GrantFrame, GrantFrames;

    /// <summary>First guest frame of the table-frame bitmap: one bit a guest frame, 1 where the guest has declared a page table.</summary>
    public ulong TableBitmapFrame;

    /// <summary>Guest frame of the guest kernel's first top-level table.</summary>
    public ulong InitialRootFrame;

    /// <summary>Event-channel ports that the monitor has bound before the start: xenstore and console.</summary>
    public ulong StorePort, ConsolePort;

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public ulong TscHertz;

    /// <summary>TSC value at which the guest's system time is 0; factor and shift as in Xen's vcpu_time_info.</summary>
    public ulong TscAtZero;

    /// <summary>Xen's tsc_to_system_mul (32 bits, fixed point 0.32) and tsc_shift (-31 to 31).</summary>
    public uint TscToSystemMul;

    /// <summary>See <see cref="TscToSystemMul"/>.</summary>
    public int TscShift;

    /// <summary>Wall-clock nanoseconds since 1970 at system time 0.</summary>
    public ulong WallClockAtZero;

    /// <summary>Bits of <see cref="VmCall.NotifyMonitor"/> for the console and the xenstore ring.</summary>
    public ulong ConsoleNotifyBit, StoreNotifyBit;

    /// <summary>Xen's start_info page as a guest frame (for MMUEXT and debugging; the guest gets its address in RSI).</summary>
    public ulong StartInfoFrame;

    /// <summary>
    /// The rate that the monitor sets for the guest's clock: <see cref="TscToSystemMul"/> in bits 0 to 31, <see cref="TscShift"/> in bits
    /// 32 to 39, and above them a number that differs from that of the previous rate. 0: the first rate holds.
    /// </summary>
    public ulong NextRate;

    /// <summary>First guest frame of the console's input ring (<see cref="ConsoleInput"/>), and the frame of Xen's console ring.</summary>
    public ulong InputFrame, ConsoleFrame;

    /// <summary>First guest frame of the machine-to-physical table, which guest kernel reads at <see cref="HoleLayout.MachineToPhysical"/>.</summary>
    public ulong MachineToPhysicalFrame;

    /// <summary>
    /// Event-channel port of each device's back end, 0 for none. An event of device n is raised there; a send to it rings doorbell n.
    /// The monitor changes them while the guest runs.
    /// </summary>
    public fixed ulong DevicePorts[VCpuDoorbell.Count];
}
