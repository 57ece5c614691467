# What C# cannot express: the first instruction, hypercalls, an event's entry and exit, what processes run.

    .include "guest.inc"
    .include "xen.inc"

    .set    TRAP_FLAG, 0x100

    .text
function _start
    movq    %rsi, %rdi                  # start_info
    leaq    stack_top(%rip), %rsp
    xorl    %ebp, %ebp
    call    small_main
    ud2

# long small_hypercall(long number, long a, long b, long c)
function small_hypercall
    prepare_hypercall
    movq    %rcx, %rdx
    movl    $DOMID_SELF, %r10d          # the fourth argument of the one hypercall that takes as many
    jmp     *%rax

# void small_scratch(long number, long a, long b, long scratch[2]): a hypercall with known values in RCX and R11; stores what is left of them.
function small_scratch
    pushq   %rcx
    prepare_hypercall
    movq    $0x1111, %rcx
    movq    $0x2222, %r11
    call    *%rax
    popq    %rdx
    movq    %rcx, (%rdx)
    movq    %r11, 8(%rdx)
    ret

# long small_stepped(long number, long a, long b): a hypercall with the trap flag set.
function small_stepped
    prepare_hypercall
    pushfq
    orq     $TRAP_FLAG, (%rsp)
    popfq
    call    *%rax
    pushfq
    andq    $~TRAP_FLAG, (%rsp)
    popfq
    ret

# A debug exception: counted. Its frame is as an event's.
small_debug_entry:
    incq    debug_traps(%rip)
    popq    %rcx
    popq    %r11
    return_by_hypercall

    .globl  small_event_entry
small_event_entry:
    take_event small_event

# ulong small_run(Process*): the process runs until its next system call, whose number is returned. Offsets: Process.cs.
    .set    PROCESS_RIP, 0
    .set    PROCESS_RSP, 8
    .set    PROCESS_RDI, 16
    .set    PROCESS_RBX, 24
function small_run
    push_kept
    movq    %rdi, current(%rip)
    movq    %rsp, kernel_rsp(%rip)
    pushq   $FLAT_SS
    pushq   PROCESS_RSP(%rdi)
    pushq   $0x202
    pushq   $FLAT_CS
    pushq   PROCESS_RIP(%rdi)
    pushq   $0                          # flags of the iret hypercall: none
    movq    PROCESS_RBX(%rdi), %rbx
    movq    PROCESS_RDI(%rdi), %rdi
    jmp     hypercall_page + IRET_SLOT

# A system call: frame as for an event, on the stack that was named for it. Processes keep nothing but RBX and RDI over it.
    .globl  small_system_call_entry
small_system_call_entry:
    movq    current(%rip), %rcx
    movq    %rdi, PROCESS_RDI(%rcx)
    movq    %rbx, PROCESS_RBX(%rcx)
    movq    16(%rsp), %rdx
    movq    %rdx, PROCESS_RIP(%rcx)
    movq    40(%rsp), %rdx
    movq    %rdx, PROCESS_RSP(%rcx)
    movq    kernel_rsp(%rip), %rsp
    pop_kept
    ret

# Stops at a place of its own: nothing is expected to raise an exception or a failsafe callback.
small_failsafe:
    ud2

# Addresses for C#.
    address small_event_address, small_event_entry
    address small_failsafe_address, small_failsafe
    address small_shared_page, shared_page

    address small_system_call_address, small_system_call_entry
    address small_debug_address, small_debug_entry
    address small_debug_traps, debug_traps
    address small_trap_stack, trap_stack_top
    address small_user_code, user_code
    address small_tables, tables

# What every process runs: counts in memory of its own, tells the count (call 1), ends at 3 (call 2).
    .section .user_code, "ax", @progbits
    .balign 4096
user_code:
    count_to_three
    movl    $2, %eax
    syscall
    ud2
    .balign 4096

    .bss
    .balign 4096
tables:                                 # for each process four tables and its data
    .skip   2 * 5 * 4096
    .skip   8192
trap_stack_top:
current:
    .skip   8
kernel_rsp:
    .skip   8
debug_traps:
    .skip   8
    .balign 4096
shared_page:                            # shared_info is mapped here
    .skip   4096
    .skip   16384
stack_top:
    .section .note.GNU-stack, "", @progbits
