namespace Tierce.Abi;

/// <summary>
/// The layout of the hole, which is the address range that Xen's PV interface reserves for a hypervisor. Everything outside the hole
/// belongs to the guest, or to a protection domain.
/// </summary>
/// <remarks>Source of the bounds: Xen public header <c>arch-x86/xen-x86_64.h</c>, HYPERVISOR_VIRT_START and _END.</remarks>
[AssemblyNames("HOLE")]
public static class HoleLayout
{
    /// <summary>First address of the hole; also where a Xen guest expects the machine-to-physical table.</summary>
    public const ulong Start = 0xffff_8000_0000_0000;

    /// <summary>First address after the hole.</summary>
    public const ulong End = 0xffff_8800_0000_0000;

    /// <summary>First address after the user half. It is not canonical.</summary>
    public const ulong UserLimit = 0x0000_8000_0000_0000;

    /// <summary>Bytes covered by one entry of a top-level table.</summary>
    public const ulong SlotSize = 1UL << 39;

    /// <summary>Address of the machine-to-physical table (guest kernel root, read only).</summary>
    public const ulong MachineToPhysical = Start;

    /// <summary>Where the ROM is linked: text first, then its data (guest kernel root alone).</summary>
    public const ulong RomText = Start + SlotSize;

    /// <summary>First address of the ROM's writable data. ROM text and read-only data lie below.</summary>
    public const ulong RomData = RomText + 0x20_0000;

    /// <summary>The vCPU page, shared by kernel and ROM (guest kernel root alone).</summary>
    public const ulong VCpuPage = RomText + 0x40_0000;

    /// <summary>The note page: page-table entries that the ROM wrote since the last drain.</summary>
    public const ulong NotePage = VCpuPage + 0x1000;

    /// <summary>The ROM information page, written by the monitor before the first instruction.</summary>
    public const ulong RomInfoPage = VCpuPage + 0x2000;

    /// <summary>Writable window over the whole of the guest's memory, by guest frame (guest kernel root alone).</summary>
    public const ulong Window = Start + (2 * SlotSize);

    /// <summary>First address of the kernel's slots, whose tables are the same in every root.</summary>
    public const ulong Kernel = Start + (8 * SlotSize);

    /// <summary>Kernel's map of all physical memory (ring 0).</summary>
    public const ulong DirectMap = Kernel;

    /// <summary>Kernel's mappings of device registers (ring 0, uncached).</summary>
    public const ulong KernelDevices = 0xffff_87ff_0000_0000;

    /// <summary>Where the kernel image is linked (ring 0): the last 2 GiB of the hole.</summary>
    public const ulong KernelImage = 0xffff_87ff_8000_0000;

    /// <summary>Index in a top-level table of the hole's first slot.</summary>
    public const int FirstSlot = 256;

    /// <summary>Index in a top-level table of the kernel's first slot.</summary>
    public const int FirstKernelSlot = 264;

    /// <summary>Index in a top-level table of the first slot after the hole.</summary>
    public const int EndSlot = 272;
}
