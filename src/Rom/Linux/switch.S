# Two functions with which Linux switches between processes, entered by a call from their changed beginnings (Monitor's LinuxChanges). After
# the call are this entry's address and those of what they need: Linux's variables, and places in its data of this processor, which GS
# reaches. As C functions they may change what C functions may, and run on the guest's stack.

#include "Linux/linux.inc"

        .text

# ---- xen_write_cr3: RDI: physical address of a top-level table. Loads it and the user's that belongs to it --------------------
        global  write_root
        popq    %rcx
        movq    CALLER_ROOT(%rcx), %rax
        movq    %rdi, %gs:(%rax)
        movq    CALLER_CURRENT_ROOT(%rcx), %rax
        movq    %rdi, %gs:(%rax)
        movq    CALLER_PAGE_ARRAY(%rcx), %rax
        movq    (%rax), %rax
        shrq    $12, %rdi
        movq    %rdi, %rdx
        shlq    $6, %rdx
        movq    CALLER_PAGE_PRIVATE(%rax,%rdx), %rdx
        xorl    %esi, %esi
        testq   %rdx, %rdx
        jz      2f
        physical %rdx, %rsi, %rcx
        shrq    $12, %rsi
2:      movq    %rdi, S(KERNEL_ROOT)
        movq    %rsi, S(USER_ROOT)
        incq    CALLS_MADE(MMUEXT_OP)
        incq    CALLS_ENTERED(MMUEXT_OP)
        kernel_call LOAD_ROOT
        testq   %rax, %rax
        jz      return_to_guest
        movl    $CRASH_BAD_ROOT, %edi
        movq    S(KERNEL_ROOT), %rsi
        jmp     crash

# ---- xen_load_sp0: RDI: the kernel's stack for entries from guest user. As hypercall 3 ----------------------------------------
        global  load_stack
        popq    %rcx
        movq    CALLER_STACK(%rcx), %rax
        movq    %rdi, %gs:(%rax)
        movq    %rdi, S(KERNEL_SP)
        incq    CALLS_MADE(STACK_SWITCH)
        jmp     return_to_guest
