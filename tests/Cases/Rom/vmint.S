# In the place of RomNative's file of that name: the entry for events, each case its own.
#
# RDI: the interrupted registers, which the kernel has put on the guest's stack, RSP as well; 0 where VMINT is a context of its own.
# RSI: the case. InVmint is 1: no further event comes.

#include "layout.inc"

#define V(field) vcpu_page + VCPU_##field(%rip)
#define S(field) rom_state + STATE_##field(%rip)

# CaseName
.set CASE_IA, 1
.set CASE_IB, 2
.set CASE_IIIA, 5
# CaseRequest
.set REQUEST_RETURN, 64
.set REQUEST_WRITE_BACK, 65
# CasePage
.set CASE_SABOTAGE, 1024 + 16
.set NO_REGION, 1
.set NO_CHECK, 2
# VCpuPage, VmCall
.set VCPU_REQUEST, 200
.set VCPU_REQUEST_ARG0, 208
.set VMCALL_REQUEST_MONITOR, 8
.set GENERAL_REGISTERS, 15 * 8

        .text
        .globl  vmint_entry
vmint_entry:
        movl    %esi, %r12d
        testq   %rdi, %rdi
        jz      two_contexts

# ---- One context: the handler runs on the guest's stack ---------------------------------------------------------------
        movq    %rdi, %rbx
        xorl    %esi, %esi
        movq    VCPU_RIP(%rbx), %rax
        leaq    region(%rip), %rcx
        subq    %rcx, %rax
        cmpq    $region_end - region, %rax
        jae     upcall
# Between ENABLE and RET. The frame that was being returned from is whole, and holds what was really interrupted: its restored
# registers have not been changed since, and the new frame, which holds them half restored, lies below it. The old one it is.
        movq    %rax, %rsi
        shlq    $8, %rsi
        orq     $1, %rsi
        movq    S(PAGE), %rcx
        testb   $NO_REGION, CASE_SABOTAGE(%rcx)
        jnz     upcall
        movq    VCPU_RSP(%rbx), %rbx
        cmpq    $region_iret - region, %rax
        jne     1f
        subq    $GENERAL_REGISTERS, %rbx
1:      movq    %rbx, %rsp
upcall:
        movq    %rbx, %rdi
        call    case_upcall
        cmpl    $CASE_IA, %r12d
        je      return_by_trap
        cmpl    $CASE_IB, %r12d
        je      return_by_monitor

# II: ENABLE, a look at what came while it was off, RET. RSP is the frame's address up to the last instruction.
region:
        movl    $0, V(IN_VMINT)
        movq    S(PAGE), %rax
        testb   $NO_CHECK, CASE_SABOTAGE(%rax)
        jnz     1f
        cmpq    $0, V(PENDING)
        jne     region_again
1:      movq    VCPU_RAX(%rsp), %rax
        movq    VCPU_RBX(%rsp), %rbx
        movq    VCPU_RCX(%rsp), %rcx
        movq    VCPU_RDX(%rsp), %rdx
        movq    VCPU_RSI(%rsp), %rsi
        movq    VCPU_RDI(%rsp), %rdi
        movq    VCPU_RBP(%rsp), %rbp
        movq    VCPU_R8(%rsp), %r8
        movq    VCPU_R9(%rsp), %r9
        movq    VCPU_R10(%rsp), %r10
        movq    VCPU_R11(%rsp), %r11
        movq    VCPU_R12(%rsp), %r12
        movq    VCPU_R13(%rsp), %r13
        movq    VCPU_R14(%rsp), %r14
        movq    VCPU_R15(%rsp), %r15
        addq    $GENERAL_REGISTERS, %rsp
region_iret:
        iretq
region_again:
        movl    $1, V(IN_VMINT)
region_end:
        xorl    %esi, %esi
        jmp     upcall

# I A: the kernel loads the frame and enables, at once.
return_by_trap:
        movl    $VMCALL_RCV, %eax
        syscall
        ud2

# I B: the monitor does.
return_by_monitor:
        movq    %rbx, V(REQUEST_ARG0)
        movq    $REQUEST_RETURN, V(REQUEST)
        movl    $VMCALL_REQUEST_MONITOR, %eax
        syscall
        ud2

# ---- Two contexts -----------------------------------------------------------------------------------------------------
two_contexts:
        leaq    vmint_stack_top(%rip), %rsp
        call    native_vmint
        cmpl    $CASE_IIIA, %r12d
        jne     1f
        movq    $REQUEST_WRITE_BACK, V(REQUEST)
        movl    $VMCALL_REQUEST_MONITOR, %eax
        syscall
1:      movl    $VMCALL_RCV, %eax
        syscall
        ud2

        .section .note.GNU-stack, "", @progbits
