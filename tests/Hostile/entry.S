# What C# cannot express: the first instruction, entries of exceptions, events and system calls, and an attempt, which
# loads all registers, jumps somewhere, and comes back however that ends.

    .include "guest.inc"
    .include "xen.inc"

# Vectors for which the processor pushes an error code: 8, 10 to 14, 17, 21, 29, 30.
    .set    ERROR_CODE_VECTORS, 0x60227d00
# Outcomes of an attempt that are no vector (Attempt.cs).
    .set    OUTCOME_EVENT, 256
    .set    OUTCOME_SYSTEM_CALL, 257
    .set    OUTCOME_DONE, 258
# Registers.cs: RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8 to R15, RIP, RSP.
    .set    REGS_RIP, 15 * 8
    .set    REGS_RSP, 16 * 8

    .text
function _start
    movq    %rsi, %rdi                  # start_info
    leaq    stack_top(%rip), %rsp
    xorl    %ebp, %ebp
    call    hostile_main
    ud2

# long hostile_hypercall(long number, long a, long b, long c, long d)
function hostile_hypercall
    prepare_hypercall
    movq    %rcx, %rdx
    movq    %r8, %r10
    jmp     *%rax

# long hostile_attempt(Registers*): loads the registers and jumps; the outcome is a vector or one of the numbers above.
function hostile_attempt
    push_kept
    movq    %rsp, saved_rsp(%rip)
    movq    REGS_RIP(%rdi), %rax
    movq    %rax, target(%rip)
    movq    REGS_RSP(%rdi), %rax
    movq    %rax, target_rsp(%rip)
    movl    $1, attempting(%rip)
    movq    (%rdi), %rax
    movq    8(%rdi), %rbx
    movq    16(%rdi), %rcx
    movq    24(%rdi), %rdx
    movq    32(%rdi), %rsi
    movq    48(%rdi), %rbp
    movq    56(%rdi), %r8
    movq    64(%rdi), %r9
    movq    72(%rdi), %r10
    movq    80(%rdi), %r11
    movq    88(%rdi), %r12
    movq    96(%rdi), %r13
    movq    104(%rdi), %r14
    movq    112(%rdi), %r15
    movq    40(%rdi), %rdi
    movq    target_rsp(%rip), %rsp
    jmp     *target(%rip)

# Where an attempt that returns arrives.
attempt_done:
    movq    %rax, result(%rip)
    movl    $OUTCOME_DONE, %eax

# RAX: the outcome.
attempt_ends:
    cld
    cmpl    $0, attempting(%rip)
    je      attempt_none
    movl    $0, attempting(%rip)
    movq    saved_rsp(%rip), %rsp
    pop_kept
    ret

# An exception of this kernel's own code.
attempt_none:
    leaq    last_stack_top(%rip), %rsp
    movl    %eax, %edi
    movq    exception_rip(%rip), %rsi
    call    hostile_lost
    ud2

# long hostile_user(ulong address, ulong code): guest user reads or writes there (code: offset in user_code). Outcome as above.
function hostile_user
    push_kept
    movq    %rsp, saved_rsp(%rip)
    movl    $1, attempting(%rip)
    addq    $USER_CODE, %rsi
    pushq   $FLAT_SS
    pushq   $0
    pushq   $0x202
    pushq   $FLAT_CS
    pushq   %rsi
    return_by_hypercall

# Pieces of code for attempts.
try_read:
    movb    (%rdi), %al
    jmp     attempt_done
try_write:
    lock orb $0, (%rdi)                 # what is there stays
    jmp     attempt_done
try_syscall:
    syscall
    jmp     attempt_done
try_call:
    call    *%rbx                       # the ROM's entry by call
    jmp     attempt_done
try_selector:
    movw    %di, %ds
    movw    %di, %es
    movw    %di, %fs
    movw    %di, %gs
    movw    %di, %ss
    jmp     attempt_done
try_far_jump:
    rex.w ljmp *(%rdi)
try_iretq:
    iretq
try_flags:
    pushq   %rdi
    popfq
    nop
    pushfq
    popq    %rax
    pushq   $0x202
    popfq
    jmp     attempt_done

# 256 stubs of 16 bytes: on top of the frame the vector.
    .balign 16
stubs:
    .set    vector, 0
    .rept   256
    .balign 16
    pushq   $vector
    jmp     exception
    .set    vector, vector + 1
    .endr

exception:
    popq    %rax
    xorl    %edx, %edx
    cmpl    $32, %eax
    jae     1f
    btl     %eax, error_code_vectors(%rip)
    jnc     1f
    movl    $8, %edx
1:  movq    16(%rsp,%rdx), %rcx         # after RCX, R11 and the error code
    movq    %rcx, exception_rip(%rip)
    jmp     attempt_ends

# A system call of guest user.
system_call_entry:
    movl    $OUTCOME_SYSTEM_CALL, %eax
    jmp     attempt_ends

failsafe_entry:
    movl    $OUTCOME_EVENT, %eax
    jmp     attempt_ends

# An event: ends an attempt if one asked for it, else it is counted and what was interrupted goes on.
event_entry:
    incq    events(%rip)
    cmpl    $0, event_ends(%rip)
    jne     failsafe_entry
    take_event hostile_event

# vcpu_info.evtchn_upcall_mask. CLI and STI change nothing under Xen's interface.
    .set    UPCALL_MASK, 1
function hostile_unmask
    movb    $0, shared_page + UPCALL_MASK(%rip)
    ret
function hostile_mask
    movb    $1, shared_page + UPCALL_MASK(%rip)
    ret
function hostile_tsc
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    ret

# Addresses for C#.
    address hostile_try_read, try_read
    address hostile_try_write, try_write
    address hostile_try_syscall, try_syscall
    address hostile_try_call, try_call
    address hostile_try_selector, try_selector
    address hostile_try_far_jump, try_far_jump
    address hostile_try_iretq, try_iretq
    address hostile_try_flags, try_flags
    address hostile_done, attempt_done
    address hostile_stubs, stubs
    address hostile_event_address, event_entry
    address hostile_failsafe_address, failsafe_entry
    address hostile_system_call_address, system_call_entry
    address hostile_result, result
    address hostile_exception_rip, exception_rip
    address hostile_event_ends, event_ends
    address hostile_scratch_stack, scratch_stack_top
    address hostile_trap_stack, trap_stack_top
    address hostile_tables, tables
    address hostile_line, line
    address hostile_traps, traps
    address hostile_scratch_page, scratch_page
    address hostile_user_code, user_code
    address hostile_shared_page, shared_page

# What guest user runs: RDI is the address. Mapped at USER_CODE in the user root (User.cs).
    .section .user_code, "ax", @progbits
    .balign 4096
    .set    USER_CODE, 0x400000
user_code:
    movb    (%rdi), %al
    syscall
    ud2
    .balign 64
    lock orb $0, (%rdi)
    syscall
    ud2
    .balign 4096

    .section .rodata
error_code_vectors:
    .long   ERROR_CODE_VECTORS

    .bss
    .balign 4096
    .skip   32768                       # below all that attacks write upwards from: a list of calls without end begins in scratch_page
stack_top:
traps:                                  # struct trap_info of each vector, and a zeroed one
    .skip   8192
    .skip   4096
tables:                                 # four tables and a page of data
    .skip   5 * 4096
    .skip   8192
trap_stack_top:
    .skip   16384
scratch_stack_top:
    .skip   8192
last_stack_top:
    .balign 4096
line:
    .skip   4096
scratch_page:
    .skip   8192
shared_page:                            # shared_info is mapped here
    .skip   4096
saved_rsp:
    .skip   8
target:
    .skip   8
target_rsp:
    .skip   8
result:
    .skip   8
exception_rip:
    .skip   8
events:
    .skip   8
attempting:
    .skip   8
event_ends:
    .skip   8
    .section .note.GNU-stack, "", @progbits
