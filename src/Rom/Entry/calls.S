# The assembly that every ROM needs, whatever its guest's interface. System V convention.

.macro function name
        .globl  \name
        .type   \name, @function
\name:
.endm

        .text

# long rom_vmcall(ulong number, ulong a0, ulong a1, ulong a2)
function rom_vmcall
        movq    %rdi, %rax
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        movq    %rcx, %rdx
        syscall
        ret

# ulong rom_restart(ulong rip): where VMUSR has to continue if it was interrupted at that address of the ROM.
function rom_restart
        movq    %rdi, %rax
        leaq    restart_start(%rip), %rcx
        leaq    restart_end(%rip), %rdx
1:      cmpq    %rdx, %rcx
        jae     3f
        cmpq    (%rcx), %rdi
        jb      2f
        cmpq    8(%rcx), %rdi
        jae     2f
        movq    16(%rcx), %rax
        ret
2:      addq    $24, %rcx
        jmp     1b
3:      ret

        .section .note.GNU-stack, "", @progbits
