# From the boot loader's 32-bit world to C#: page tables for the first 4 GiB, long mode, the boot stack.
# Entered by the PVH boot protocol (Xen public header hvm/start_info.h) or by Multiboot2: protected mode, paging off,
# flat segments, EBX = physical address of the start information; EAX = Multiboot2's magic number, if it was that.

.set KERNEL_BASE, 0xffff87ff80000000
.set PRESENT_WRITE, 0x3
.set LARGE_PAGE, 0x80

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
    .globl pvh_entry
pvh_entry:
    cld
    movl $(boot_stack_top - KERNEL_BASE), %esp
    movl %ebx, %ebp
    movl %eax, %esi

    # Four page directories of 2 MiB pages: the first 4 GiB.
    movl $(boot_pd - KERNEL_BASE), %edi
    movl $(PRESENT_WRITE | LARGE_PAGE), %eax
    xorl %ecx, %ecx
1:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $0x200000, %eax
    addl $8, %edi
    incl %ecx
    cmpl $2048, %ecx
    jne 1b

    # Low and direct map share a page-directory-pointer table.
    movl $(boot_pdpt_low - KERNEL_BASE), %edi
    movl $(boot_pd - KERNEL_BASE + PRESENT_WRITE), %eax
    movl $4, %ecx
2:  movl %eax, (%edi)
    movl $0, 4(%edi)
    addl $4096, %eax
    addl $8, %edi
    loop 2b

    # The kernel image: slot 271, entry 510, through the first page directory.
    movl $(boot_pd - KERNEL_BASE + PRESENT_WRITE), boot_pdpt_high - KERNEL_BASE + 510 * 8

    movl $(boot_pdpt_low - KERNEL_BASE + PRESENT_WRITE), %eax
    movl %eax, kernel_root - KERNEL_BASE
    movl %eax, kernel_root - KERNEL_BASE + 264 * 8
    movl $(boot_pdpt_high - KERNEL_BASE + PRESENT_WRITE), %eax
    movl %eax, kernel_root - KERNEL_BASE + 271 * 8

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

    .section .bss
    .align 4096
    .globl kernel_root, boot_pdpt_low, boot_pdpt_high, boot_image_table, boot_image_directory, device_directory, device_table
kernel_root:          .skip 4096
boot_pdpt_low:        .skip 4096
boot_pdpt_high:       .skip 4096
boot_pd:              .skip 4 * 4096
boot_image_directory: .skip 4096
boot_image_table:     .skip 4096
device_directory:     .skip 4096
device_table:         .skip 4096
    .globl boot_stack_top, kernel_stack_top
boot_stack:           .skip 16384
boot_stack_top:
