# In the place of RomNative's file of that name: the entry for events, each case its own.
#
# RDI: the interrupted registers, which the kernel has put on the guest's stack, RSP as well; 0 where VMINT is a context of its own.
# RSI: the case. InVmint is 1: no further event comes.

#include "Entry/rom.inc"

#define S(field) rom_state + STATE_##field(%rip)

.set GENERAL_REGISTERS, FRAME_RIP       # bytes of them, at the start of a frame

        .text
        global  vmint_entry
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
        testb   $CASE_PAGE_NO_REGION, CASE_PAGE_OFFSET + CASE_PAGE_SABOTAGE(%rcx)
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
        testb   $CASE_PAGE_NO_CHECK, CASE_PAGE_OFFSET + CASE_PAGE_SABOTAGE(%rax)
        jnz     1f
        cmpq    $0, V(PENDING)
        jne     region_again
1:      load_registers 0(%rsp), RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15
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
        last_kernel_call RCV

# I B: the monitor does.
return_by_monitor:
        movq    %rbx, V(REQUEST_ARG0)
        movq    $REQUEST_RETURN, V(REQUEST)
        last_kernel_call REQUEST_MONITOR

# ---- Two contexts -----------------------------------------------------------------------------------------------------
two_contexts:
        leaq    vmint_stack_top(%rip), %rsp
        call    native_vmint
        cmpl    $CASE_IIIA, %r12d
        jne     1f
        movq    $REQUEST_WRITE_BACK, V(REQUEST)
        kernel_call REQUEST_MONITOR
1:      movl    $VMCALL_RCV, %eax
        syscall
        ud2
