# VMINT: a context of its own, which goes back to VMUSR by RCV.

#include "vcpu.inc"

        .text
        .globl  vmint_entry
vmint_entry:
        leaq    vmint_stack_top(%rip), %rsp
        call    native_vmint
        movl    $VMCALL_RCV, %eax
        syscall
        ud2

        .section .note.GNU-stack, "", @progbits
