# The assembly that every ROM needs, whatever its guest's interface. System V convention.

#include "Entry/rom.inc"

        .text

# long rom_vmcall(ulong number, ulong a0, ulong a1, ulong a2)
        function rom_vmcall
        movq    %rdi, %rax
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        movq    %rcx, %rdx
        syscall
        return

# ulong rom_restart(ulong rip): where VMUSR has to continue if it was interrupted at that address of the ROM.
        function rom_restart
        movq    %rdi, %rax
        find_region restart, %rdi, %rcx, %rdx, 4f
        movq    8 * 2(%rcx), %rax
4:      return
