# Memory in which the guest kernel reads its GDT after SGDT (Emulate/SystemTables.cs): fourteen pages of its own entries, and Xen's after
# them.

#include "Entry/xen.inc"

        .text
        instruction rom_gdt_image, leaq gdt_image(%rip), %rax

        .section .rom_stacks, "aw", @nobits
        .balign 4096
gdt_image:
        .zero   15 * 4096
