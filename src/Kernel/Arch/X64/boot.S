# From the boot loader's 32-bit world to C#: page tables for the first 4 GiB, long mode, the boot stack.
# Entered by the PVH boot protocol (Xen public header hvm/start_info.h) or by Multiboot2: protected mode, paging off,
# flat segments, EBX = physical address of the start information; EAX = Multiboot2's magic number, if it was that.

#include "Arch/X64/kit.inc"

.set KERNEL_BASE, HOLE_KERNEL_IMAGE
.set PRESENT_WRITE, PAGE_PRESENT | PAGE_WRITABLE
.set LARGE_PAGE, PAGE_LARGE

# CR4: PAE, PGE, OSFXSR, OSXMMEXCPT. The rest is set in C#, after asking the processor.
.set CR4_START, (1 << 5) | (1 << 7) | (1 << 9) | (1 << 10)
# CR0: PE, MP, ET, NE, WP, PG.
.set CR0_START, (1 << 0) | (1 << 1) | (1 << 4) | (1 << 5) | (1 << 16) | (1 << 31)
# EFER: SCE, LME, NXE.
.set EFER, 0xc0000080
.set EFER_START, (1 << 0) | (1 << 8) | (1 << 11)

    .section .note.pvh, "a", @note
    .align 4
    .long 4, 4, 18                      # name size, descriptor size, XEN_ELFNOTE_PHYS32_ENTRY
    .asciz "Xen"
    .long pvh_entry - KERNEL_BASE

# Multiboot2 specification 2.0, section 3.1: in the first 32 KiB of the file.
.set MULTIBOOT2_MAGIC, 0xe85250d6
    .section .boot.header, "a", @progbits
    .balign 8
multiboot2_header:
    .long MULTIBOOT2_MAGIC, 0, multiboot2_header_end - multiboot2_header
    .long -(MULTIBOOT2_MAGIC + multiboot2_header_end - multiboot2_header)
    .long 3, 12, pvh_entry - KERNEL_BASE, 0     # entry address
    .long 6, 8                          # modules at page boundaries
    .long 0, 8                          # end
multiboot2_header_end:

    .section .boot.text, "ax", @progbits
    .code32
    global pvh_entry
    cld
    movl $(boot_stack_top - KERNEL_BASE), %esp
    movl %ebx, %ebp
    movl %eax, %esi

    movl $CR4_START, %eax
    movl %eax, %cr4
    movl $(kernel_root - KERNEL_BASE), %eax
    movl %eax, %cr3
    movl $EFER, %ecx
    rdmsr
    orl $EFER_START, %eax
    wrmsr
    movl $CR0_START, %eax
    movl %eax, %cr0
    lgdt boot_gdt_pointer - KERNEL_BASE
    ljmp $8, $(boot_long - KERNEL_BASE)

    .code64
boot_long:
    movabsq $boot_high, %rax
    jmp *%rax
boot_high:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    leaq boot_stack_top(%rip), %rsp
    movl %ebp, %edi
    rdtsc
    shlq $32, %rdx
    orq %rax, %rdx
    xchgq %rdx, %rsi
    xorl %ebp, %ebp
    call kernel_main
    ud2

    .section .rodata
    .align 8
boot_gdt:
    .quad 0
    .quad 0x00af9b000000ffff             # 64-bit code, for the jump alone
boot_gdt_end:
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .quad boot_gdt - KERNEL_BASE

# The map with which the kernel starts; C# goes on with it (KernelPaging). The first 4 GiB, in 2 MiB pages, are at their own addresses and in
# the map of all memory, the image where it is linked.
.macro entry table, slot, below:vararg
    .org \table + 8 * (\slot)
    .quad \below - KERNEL_BASE + PRESENT_WRITE
.endm

    .data
    .balign 4096
    global kernel_root
    entry kernel_root, 0, boot_pdpt_low
    entry kernel_root, HOLE_FIRST_KERNEL_SLOT, boot_pdpt_low
    entry kernel_root, (HOLE_END_SLOT-1), boot_pdpt_high
    .balign 4096
    global boot_pdpt_low
    .irp gib, 0, 1, 2, 3
    entry boot_pdpt_low, \gib, boot_pd + 4096 * \gib
    .endr
    .balign 4096
    global boot_pdpt_high
    entry boot_pdpt_high, 510, boot_pd
    .balign 4096
boot_pd:
    .set page, 0
    .rept 2048
    .quad page + PRESENT_WRITE + LARGE_PAGE
    .set page, page + 0x200000
    .endr

    .bss
    .balign 4096
    global boot_image_directory
    .skip 4096
    global boot_image_table
    .skip 4096
    global device_directory
    .skip 4096
    global device_table
    .skip 4096
    .skip 16384
    global boot_stack_top
