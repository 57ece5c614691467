using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Kernel.Arch.Instructions;

/// <summary>Addresses, and one number, that assembly and the linker script define.</summary>
internal static unsafe class ImageSymbols
{
    [RuntimeImport("*", "abi_identity")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong AbiIdentity();

    [RuntimeImport("*", "address_of_cpu")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* Cpu();

    [RuntimeImport("*", "address_of_trap_stubs")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* TrapStubs();

    [RuntimeImport("*", "address_of_syscall_entry")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SyscallEntry();

    [RuntimeImport("*", "address_of_domain_syscall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* DomainSyscall();

    [RuntimeImport("*", "address_of_guest_user_syscall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* GuestUserSyscall();

    [RuntimeImport("*", "address_of_guest_kernel_syscall")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* GuestKernelSyscall();

    [RuntimeImport("*", "address_of_kernel_root")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* KernelRoot();

    [RuntimeImport("*", "address_of_kernel_stack_top")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* KernelStackTop();

    [RuntimeImport("*", "address_of_ist_stacks")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* IstStacks();

    [RuntimeImport("*", "address_of_gdt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* Gdt();

    [RuntimeImport("*", "address_of_ldt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* Ldt();

    [RuntimeImport("*", "address_of_sysenter_entry")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SysenterEntry();

    [RuntimeImport("*", "address_of_compat_syscall_entry")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* CompatSyscallEntry();

    [RuntimeImport("*", "address_of_cpu_write_selectors")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SelectorLoads();

    [RuntimeImport("*", "address_of_isolation")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern IsolationLayout* Isolation();

    /// <summary>Sites of the entry code and their replacements (<see cref="EntrySites"/>).</summary>
    [RuntimeImport("*", "address_of_global_sites")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong* GlobalSites();

    [RuntimeImport("*", "address_of_idt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* Idt();

    [RuntimeImport("*", "address_of_tss")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* Tss();

    [RuntimeImport("*", "address_of_boot_image_table")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* ImageTable();

    [RuntimeImport("*", "address_of_boot_image_directory")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* ImageDirectory();

    [RuntimeImport("*", "address_of_boot_pdpt_high")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* PdptHigh();

    [RuntimeImport("*", "address_of_boot_pdpt_low")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* PdptLow();

    [RuntimeImport("*", "address_of_device_directory")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* DeviceDirectory();

    [RuntimeImport("*", "address_of_device_table")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* DeviceTable();

    [RuntimeImport("*", "address_of_text_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* TextEnd();

    [RuntimeImport("*", "address_of_rodata_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* RodataEnd();

    [RuntimeImport("*", "address_of_image_start")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* ImageStart();

    [RuntimeImport("*", "address_of_image_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* ImageEnd();

    [RuntimeImport("*", "address_of_symbols_start")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SymbolsStart();

    [RuntimeImport("*", "address_of_symbols_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SymbolsEnd();

    [RuntimeImport("*", "address_of_trap")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* Trap();

    [RuntimeImport("*", "address_of_trap_sled_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* TrapSledEnd();

    [RuntimeImport("*", "address_of_page_fault")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* PageFault();

    [RuntimeImport("*", "address_of_fault_sled_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* FaultSledEnd();

    [RuntimeImport("*", "address_of_syscall_sled_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* SyscallSledEnd();

    [RuntimeImport("*", "address_of_timed_handlers")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte* TimedHandlers();
}
