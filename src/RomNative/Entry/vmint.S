# VMINT: a context of its own, which goes back to VMUSR by RCV.

#include "layout.inc"

#define V(field) vcpu_page + VCPU_##field(%rip)

        .text
        .globl  vmint_entry
vmint_entry:
        movq    %rax, V(RAX)
        movq    %rbx, V(RBX)
        movq    %rcx, V(RCX)
        movq    %rdx, V(RDX)
        movq    %rsi, V(RSI)
        movq    %rdi, V(RDI)
        movq    %rbp, V(RBP)
        movq    %r8, V(R8)
        movq    %r9, V(R9)
        movq    %r10, V(R10)
        movq    %r11, V(R11)
        movq    %r12, V(R12)
        movq    %r13, V(R13)
        movq    %r14, V(R14)
        movq    %r15, V(R15)
        leaq    vmint_stack_top(%rip), %rsp
        call    native_vmint
        movl    $VMCALL_RCV, %eax
        syscall
        ud2

        .section .note.GNU-stack, "", @progbits
