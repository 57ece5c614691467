# Memory in which the guest kernel reads its GDT after SGDT (Emulate/SystemTables.cs): fourteen pages of its own entries, and Xen's after
# them.

        .text
        .globl  rom_gdt_image
rom_gdt_image:
        leaq    gdt_image(%rip), %rax
        ret

        .section .rom_stacks, "aw", @nobits
        .balign 4096
gdt_image:
        .zero   15 * 4096

        .section .note.GNU-stack, "", @progbits
