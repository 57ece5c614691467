using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The page through which kernel and ROM share one virtual CPU. It is ordinary guest memory: the kernel trusts nothing in it, reads each
/// field once, and sanitises what it loads.
/// </summary>
/// <remarks>
/// The register block comes first so that entry code reaches it with one-byte displacements.
/// </remarks>
[AssemblyNames("VCPU")]
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public unsafe struct VCpuPage
{
    /// <summary>Most entries of a guest's GDT: Xen's FIRST_RESERVED_GDT_ENTRY. The kernel's own entries lie above.</summary>
    public const uint MostGdtEntries = 14 * 512;

    /// <summary>Most entries of an LDT: the processor's limit.</summary>
    public const uint MostLdtEntries = 16 * 512;

    /// <summary>
    /// VMUSR's registers, which RCV and ReturnToUser load. At the entry to VMINT, RIP, CS, RFLAGS, RSP and SS are here and the general
    /// registers are still in the processor; VMINT stores them here before RCV. The other entries to the ROM do not change this block: see
    /// <see cref="Entry"/>.
    /// </summary>
    [AssemblyNames("VCPU")]
    [FieldOffset(0)] public RegisterFrame Usr;

    /// <summary>Vector of the exception that the kernel passes to the ROM (0 to 255).</summary>
    [FieldOffset(160)] public ulong Vector;

    /// <summary>Error code of that exception; 0 where the processor pushes none.</summary>
    [FieldOffset(168)] public ulong ErrorCode;

    /// <summary>Fault address, if that exception is a page fault.</summary>
    [FieldOffset(176)] public ulong FaultAddress;

    /// <summary>
    /// 1 if the VMUSR in <see cref="Usr"/> is in guest user mode, 0 if it is in guest kernel mode. Written at VMINT, read by RCV.
    /// </summary>
    [FieldOffset(184)] public uint UserMode;

    /// <summary>1 while VMINT runs. The ROM clears it when VMINT becomes VMUSR; the kernel sets it on entering VMINT.</summary>
    [FieldOffset(188)] public uint InVmint;

    /// <summary>Pending events (<see cref="VCpuEvent"/>): set by the kernel with a locked OR, taken by the ROM with XCHG.</summary>
    [FieldOffset(192)] public ulong Pending;

    /// <summary>A request to the monitor (<see cref="MonitorRequest"/>) and its arguments; the reply is in <see cref="RequestResult"/>.</summary>
    [FieldOffset(200)] public ulong Request;

    /// <summary>First argument of the request.</summary>
    [FieldOffset(208)] public ulong RequestArg0;

    /// <summary>Second argument of the request.</summary>
    [FieldOffset(216)] public ulong RequestArg1;

    /// <summary>Third argument of the request.</summary>
    [FieldOffset(224)] public ulong RequestArg2;

    /// <summary>The monitor's answer, written before it resumes the virtual CPU.</summary>
    [FieldOffset(232)] public ulong RequestResult;

    /// <summary>
    /// Where the guest was when it entered the ROM (hypercall, system call, exception). The kernel writes this block at those three
    /// entries, and <see cref="Usr"/> only at VMINT. They are apart because VMINT can be entered before the ROM's first instructions have
    /// read this block, and because an exception inside VMINT must not destroy what RCV will load. Hypercall: RIP. System call: RIP,
    /// RFLAGS, RSP. Exception: all.
    /// </summary>
    [FieldOffset(240)] public EntryFrame Entry;

    /// <summary>
    /// 1 when the entry described by <see cref="Entry"/> came from guest user mode, 0 from guest kernel mode (the ROM included).
    /// <see cref="UserMode"/> is the same for <see cref="Usr"/>, at VMINT and RCV.
    /// </summary>
    [FieldOffset(280)] public ulong EntryUserMode;

    /// <summary>Entries of the guest's GDT, up to <see cref="MostGdtEntries"/>. Written by the ROM, as are the next three.</summary>
    [FieldOffset(288)] public uint GdtEntries;

    /// <summary>Entries of the guest's LDT, up to <see cref="MostLdtEntries"/>.</summary>
    [FieldOffset(292)] public uint LdtEntries;

    /// <summary>Guest frames that hold the GDT, 512 entries each. The kernel reads them at <see cref="VmCall.LoadDescriptors"/> and when
    /// another virtual CPU has run.</summary>
    [FieldOffset(296)] public fixed uint GdtFrames[14];

    /// <summary>Guest frames that hold the LDT. Entries in a frame that the guest does not own are absent.</summary>
    [FieldOffset(352)] public fixed uint LdtFrames[16];
}

/// <summary>
/// Vectors by which the kernel describes entries that are not exceptions. No gate of the processor lets ring 3 raise them.
/// </summary>
[AssemblyNames("ENTRY_VECTOR")]
public static class EntryVector
{
    /// <summary>SYSENTER. RIP and RSP are 0: the processor keeps neither.</summary>
    public const int Sysenter = 0x81;

    /// <summary>SYSCALL of 32-bit code, which AMD's processors support.</summary>
    public const int CompatSyscall = 0x82;
}

#pragma warning disable CS1591 // the fields are the processor's registers, named as it names them

/// <summary>The part of the registers that an exception pushes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct EntryFrame
{
    public ulong Rip, Cs, Rflags, Rsp, Ss;
}

/// <summary>General registers and the registers that IRET restores, in the order in which entry code stores them.</summary>
[AssemblyNames("FRAME")]
[StructLayout(LayoutKind.Sequential)]
public struct RegisterFrame
{
    public ulong Rax, Rbx, Rcx, Rdx, Rsi, Rdi, Rbp, R8, R9, R10, R11, R12, R13, R14, R15;
    public ulong Rip, Cs, Rflags, Rsp, Ss;
}

#pragma warning restore CS1591

/// <summary>Bits of <see cref="VCpuPage.Pending"/>.</summary>
public static class VCpuEvent
{
    /// <summary>The deadline of <see cref="VmCall.SetTimer"/> has passed.</summary>
    public const ulong Timer = 1UL << 0;

    /// <summary>The monitor has changed event bits in the guest's shared information. The ROM has to read them.</summary>
    public const ulong Monitor = 1UL << 1;

    /// <summary>The console's driver has put bytes into the guest's <see cref="ConsoleInput"/>.</summary>
    public const ulong Console = 1UL << 2;

    /// <summary>First of <see cref="VCpuDoorbell.Count"/> bits: the back end of a device has answered. Device n has the bit n higher.</summary>
    public const int FirstDevice = 8;

    /// <summary>The bits of all devices.</summary>
    public const ulong Devices = ((1UL << VCpuDoorbell.Count) - 1) << FirstDevice;

    /// <summary>Events that a monitor may inject, or bind a driver's signal to.</summary>
    public const ulong FromOutside = Monitor | Console | Devices;
}
