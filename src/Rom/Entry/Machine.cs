using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom;

/// <summary>
/// The interface between the ROM's logic and the machine: memory at fixed addresses, kernel calls, processor registers of ring 3. Hosted
/// tests have a class of the same name.
/// </summary>
internal static unsafe class Machine
{
    // SAFETY: the monitor maps these four pages and the window before the first instruction of the guest (HoleLayout).

    /// <summary>The ROM's own state.</summary>
    internal static RomState* State => (RomState*)HoleLayout.RomData;

    /// <summary>The vCPU page.</summary>
    internal static VCpuPage* VCpu => (VCpuPage*)HoleLayout.VCpuPage;

    /// <summary>Information from the monitor.</summary>
    internal static RomInfo* Info => (RomInfo*)HoleLayout.RomInfoPage;

    /// <summary>The note page.</summary>
    internal static NotePage* Notes => (NotePage*)HoleLayout.NotePage;

    /// <summary>The entry for a guest that calls the ROM.</summary>
    internal static ulong HypercallCallEntry => ((RomHeader*)HoleLayout.RomText)->HypercallCallEntry;

    /// <summary>The entry for a guest that leaves its kernel by jump.</summary>
    internal static ulong IretEntry => ((RomHeader*)HoleLayout.RomText)->IretEntry;

    /// <summary>Code that replaces the guest's handler of events and adds the I/O privilege level to the frame.</summary>
    internal static ulong ShowInEvent => ShowInEventEntry();

    /// <summary>Code that does this for system calls.</summary>
    internal static ulong ShowInSyscall => ShowInSyscallEntry();

    /// <summary>Code that does this for page faults.</summary>
    internal static ulong ShowInPageFault => ShowInPageFaultEntry();

    /// <summary>A guest-physical address in the window. The caller has compared the frame with AllFrames.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static byte* Window(ulong address) => (byte*)(HoleLayout.Window + address);

    /// <summary>Whether the address is in ROM text.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool IsRomText(ulong address) => address - HoleLayout.RomText < HoleLayout.RomData - HoleLayout.RomText;

    /// <summary>Makes a kernel call.</summary>
    internal static long Call(VmCall number, ulong first = 0, ulong second = 0, ulong third = 0) =>
        RawCall((ulong)number, first, second, third);

    /// <summary>VmCall.Log: 48 characters in six words.</summary>
    [RuntimeImport("*", "rom_log")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Log(ulong* words);

    /// <summary>
    /// VmCall.Block, unless an event is visible already. Returns false in that case. On return events may wait in the vCPU page.
    /// </summary>
    [RuntimeImport("*", "rom_block")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern bool Block();

    /// <summary>
    /// Waits for an event, even if one is pending that the guest has masked, unless the place holds another value. Returns whether it
    /// waited.
    /// </summary>
    [RuntimeImport("*", "rom_block_while")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern bool BlockWhile(uint* place, uint value);

    /// <summary>Where VMUSR has to continue, if it was interrupted at that address of ROM text.</summary>
    [RuntimeImport("*", "rom_restart")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong Restart(ulong rip);

    /// <summary>Whether all bytes from the first to the last can be read.</summary>
    [RuntimeImport("*", "rom_can_read")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern bool CanRead(byte* first, byte* last);

    /// <summary>Whether all bytes from the first to the last can be written.</summary>
    [RuntimeImport("*", "rom_can_write")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern bool CanWrite(byte* first, byte* last);

    /// <summary>Copies bytes of code. Returns how many it could read.</summary>
    [RuntimeImport("*", "rom_fetch")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern int Fetch(byte* destination, byte* source, int count);

    /// <summary>CPUID of the processor: EAX, EBX, ECX, EDX.</summary>
    [RuntimeImport("*", "rom_cpuid")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Cpuid(uint leaf, uint subleaf, uint* result);

    /// <summary>XCR0. Needs CR4.OSXSAVE.</summary>
    [RuntimeImport("*", "rom_xgetbv")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong Xcr0();

    /// <summary>Time-stamp counter.</summary>
    [RuntimeImport("*", "rom_rdtsc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong ReadTsc();

    /// <summary>FS base.</summary>
    [RuntimeImport("*", "rom_read_fs_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong ReadFsBase();

    /// <summary>Sets the FS base. It must be canonical.</summary>
    [RuntimeImport("*", "rom_write_fs_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void WriteFsBase(ulong value);

    /// <summary>GS base of the guest kernel.</summary>
    [RuntimeImport("*", "rom_read_gs_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong ReadGsBase();

    /// <summary>Sets the GS base of the guest kernel. It must be canonical.</summary>
    [RuntimeImport("*", "rom_write_gs_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void WriteGsBase(ulong value);

    /// <summary>
    /// Loads GS with a selector and returns the base of its descriptor; the active base does not change. Returns false if the selector
    /// cannot be loaded.
    /// </summary>
    [RuntimeImport("*", "rom_load_gs")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern bool LoadGs(ushort selector, ulong* selectorBase);

    /// <summary>Memory for a GDT that the guest kernel can read: fifteen pages.</summary>
    [RuntimeImport("*", "rom_gdt_image")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern ulong* GdtImage();

    /// <summary>
    /// Whether loading a null selector clears the base, found by a test; false if FS holds a selector, which is not changed.
    /// </summary>
    [RuntimeImport("*", "rom_null_clears_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern bool NullSelectorClearsBase();

    [RuntimeImport("*", "rom_show_in_event")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong ShowInEventEntry();

    [RuntimeImport("*", "rom_show_in_syscall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong ShowInSyscallEntry();

    [RuntimeImport("*", "rom_show_in_page_fault")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong ShowInPageFaultEntry();

    [RuntimeImport("*", "rom_vmcall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long RawCall(ulong number, ulong first, ulong second, ulong third);
}
