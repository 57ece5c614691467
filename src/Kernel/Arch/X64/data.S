# What entries need in memory, and where C# finds it, pieces of the text and what the linker script marks (ImageSymbols.cs).

#include "Arch/X64/kit.inc"

    .text
    addresses cpu, gdt, ldt, idt, tss, ist_stacks, kernel_stack_top
    addresses kernel_root, boot_pdpt_low, boot_pdpt_high, boot_image_directory, boot_image_table, device_directory, device_table
    addresses image_start, text_end, rodata_end, image_end, symbols_start, symbols_end
    addresses trap_stubs, trap, page_fault, syscall_entry, sysenter_entry, compat_syscall_entry, cpu_write_selectors
    addresses domain_syscall, guest_user_syscall, guest_kernel_syscall
    addresses trap_sled_end, fault_sled_end, syscall_sled_end, timed_handlers

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

