# What entries need in memory, and where C# finds it, pieces of the text and what the linker script marks (ImageSymbols.cs).

    .include "layout.inc"
    .include "Arch/X64/function.inc"

    .text
    address cpu, cpu
    address trap_stubs, trap_stubs
    address syscall_entry, syscall_entry
    address domain_syscall, domain_syscall
    address guest_user_syscall, guest_user_syscall
    address guest_kernel_syscall, guest_kernel_syscall
    address kernel_root, kernel_root
    address kernel_stack_top, kernel_stack_top
    address ist_stacks, ist_stacks
    address gdt, gdt
    address ldt, ldt
    address sysenter_entry, sysenter_entry
    address compat_syscall_entry, compat_syscall_entry
    address selector_loads, cpu_write_selectors
    address idt, idt
    address tss, tss
    address image_table, boot_image_table
    address image_directory, boot_image_directory
    address pdpt_high, boot_pdpt_high
    address pdpt_low, boot_pdpt_low
    address device_directory, device_directory
    address device_table, device_table
    address text_end, __text_end
    address rodata_end, __rodata_end
    address image_start, __image_start
    address image_end, __image_end
    address symbols_start, __symbols_start
    address symbols_end, __symbols_end
    address trap, trap
    address trap_sled_end, trap_sled_end
    address page_fault, page_fault
    address fault_sled_end, fault_sled_end
    address syscall_sled_end, syscall_sled_end
    address timed_handlers, timed_handlers

    .section .bss
    .align 4096
    .globl cpu, gdt, ldt, idt, tss, ist_stacks, nmi_count, entry_data, entry_data_end, entry_stack_top
entry_data:
cpu:        .skip 4096
gdt:        .skip 16 * 4096             # as large as Xen's: our own descriptors stand in its fifteenth page
ldt:        .skip 16 * 4096
idt:        .skip 4096
tss:        .skip 3 * 4096              # TSS, then the I/O bitmap of 8 KiB and its ending byte
ist_stacks: .skip 4 * 8192
            .skip 4080
entry_stack_top:
nmi_count:  .skip 16
entry_data_end:
kernel_stack: .skip 16384
kernel_stack_top:

# Counters by name, for tools that measure from outside.
    .globl cpu_context_switches, cpu_fast_returns, cpu_iret_returns, cpu_other_returns
    .set cpu_context_switches, cpu + CPU_CONTEXT_SWITCHES
    .set cpu_fast_returns, cpu + CPU_FAST_RETURNS
    .set cpu_iret_returns, cpu + CPU_IRET_RETURNS
    .set cpu_other_returns, cpu + CPU_COUNTERS_VM_CALLS

    .section .note.GNU-stack, "", @progbits
