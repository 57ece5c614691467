# Where guests' user pages are global (GlobalPages): replaces a load of CR3 that must not leave them in the TLB. The site becomes a jump
# here at start-up, and costs nothing otherwise.

#include "Arch/X64/kit.inc"

.set CR4_PGE, 1 << 7

    .section .entry.text, "ax", @progbits

# Thread* cpu_leave_guest(from, to, root). First the root: until then the processor may keep what it finds through the old one.
global_leave_guest:
    movq %rdx, %cr3
    incq CPU(GLOBAL_FLUSHES)
    movq %cr4, %rax
    xorl $CR4_PGE, %eax
    movq %rax, %cr4
    xorl $CR4_PGE, %eax
    movq %rax, %cr4
    jmp cpu_exchange_state

    addresses global_sites

    .section .rodata
    .balign 8
global_sites:
    .quad cpu_leave_guest, global_leave_guest, 0
