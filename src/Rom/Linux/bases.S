# The two functions with which Linux reads and sets the GS base of its user at each switch between processes, entered by a jump from
# their changed bodies (Monitor's BaseFunctions). As C functions they may change what C functions may, and run on the guest's stack.
# What guest user has in GS's base can be known only while it has not run since it was last read or set: as long as no iret hypercall
# has been made. The two calls of one switch ask the kernel once. Linux makes them with events masked, so no event has to be looked for.

#include "Linux/linux.inc"

.set HYPERCALL_EMULATION, CALL_COUNTS_EMULATION # without the change Linux would execute RDMSR

        .text

# ---- __rdgsbase_inactive: RAX: the base --------------------------------------------------------------------------------------
        global  read_user_base
        incq    CALLS_MADE(EMULATION)
        movq    CALLS_MADE(IRET), %rdx
        movq    S(USER_GS_BASE), %rax
        cmpq    %rdx, S(USER_GS_RETURNS)
        jne     2f
1:      ret
2:      incq    CALLS_ENTERED(EMULATION)
        movq    %rdx, S(USER_GS_RETURNS)
        kernel_call READ_USER_GS_BASE
        movq    %rax, S(USER_GS_BASE)
3:      ret
        fixup   1b, 2b, bad_stack

# ---- __wrgsbase_inactive: RDI: the base, canonical ---------------------------------------------------------------------------
        global  write_user_base
        incq    CALLS_MADE(SET_SEGMENT_BASE)
        movq    CALLS_MADE(IRET), %rdx
        cmpq    %rdx, S(USER_GS_RETURNS)
        jne     4f
        cmpq    %rdi, S(USER_GS_BASE)
        jne     4f
        ret
4:      incq    CALLS_ENTERED(SET_SEGMENT_BASE)
        movq    %rdx, S(USER_GS_RETURNS)
        movq    %rdi, S(USER_GS_BASE)
        movq    %rdi, %rsi
        movl    $SEGMENT_BASE_GS_USER, %edi
        kernel_call SET_SEGMENT_BASE
        ret
user_base_end:
        fixup   3b, user_base_end, bad_stack
