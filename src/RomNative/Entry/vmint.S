# VMINT: a context of its own, which goes back to VMUSR by RCV.

#include "Entry/rom.inc"

        .text
        global  vmint_entry
        store_registers V(REGISTERS), RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15
        leaq    vmint_stack_top(%rip), %rsp
        call    native_vmint
        last_kernel_call RCV
