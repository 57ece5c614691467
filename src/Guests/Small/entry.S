# What C# cannot express: the notes, the hypercall page, the first instruction, an event's entry and exit.
# Numbers of the notes: Xen public header elfnote.h.

    .macro note type
    .long   4, 8, \type
    .asciz  "Xen"
    .endm

    .section .note.guest, "a", @note
    note 1                              # XEN_ELFNOTE_ENTRY
    .quad   _start
    note 2                              # XEN_ELFNOTE_HYPERCALL_PAGE
    .quad   hypercall_page
    note 3                              # XEN_ELFNOTE_VIRT_BASE
    .quad   virtual_base
    note 5                              # XEN_ELFNOTE_XEN_VERSION
    .asciz  "xen-3.0"

# Filled by whoever loads this kernel: 128 slots of 32 bytes. Until then it is a page of traps.
    .section .hypercall_page, "ax", @progbits
    .balign 4096
hypercall_page:
    .fill   4096, 1, 0xcc

    .set    SLOT_SHIFT, 5
    .set    TRAP_FLAG, 0x100
    .set    DOMID_SELF, 0x7ff0
    .set    IRET_SLOT, 23 << SLOT_SHIFT

    .text
    .globl  _start
    .type   _start, @function
_start:
    movq    %rsi, %rdi                  # start_info
    leaq    stack_top(%rip), %rsp
    xorl    %ebp, %ebp
    call    small_main
    ud2

# long small_hypercall(long number, long a, long b, long c)
    .globl  small_hypercall
    .type   small_hypercall, @function
small_hypercall:
    shll    $SLOT_SHIFT, %edi
    leaq    hypercall_page(%rip), %rax
    addq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    movl    $DOMID_SELF, %r10d          # the fourth argument of the one hypercall that takes as many
    jmp     *%rax

# void small_scratch(long number, long a, long b, long scratch[2]): a hypercall with known values in RCX and R11; stores what is left of them.
    .globl  small_scratch
    .type   small_scratch, @function
small_scratch:
    pushq   %rcx
    shll    $SLOT_SHIFT, %edi
    leaq    hypercall_page(%rip), %rax
    addq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    $0x1111, %rcx
    movq    $0x2222, %r11
    call    *%rax
    popq    %rdx
    movq    %rcx, (%rdx)
    movq    %r11, 8(%rdx)
    ret

# long small_stepped(long number, long a, long b): a hypercall with the trap flag set.
    .globl  small_stepped
    .type   small_stepped, @function
small_stepped:
    shll    $SLOT_SHIFT, %edi
    leaq    hypercall_page(%rip), %rax
    addq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
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
    pushq   $0
    jmp     hypercall_page + IRET_SLOT

# An event: RCX and R11 lie on top of the frame. No code of this image uses SIMD registers, which the build checks.
    .globl  small_event_entry
small_event_entry:
    pushq   %rax
    pushq   %rdx
    pushq   %rsi
    pushq   %rdi
    pushq   %r8
    pushq   %r9
    pushq   %r10
    pushq   %rbp
    movq    %rsp, %rbp
    andq    $-16, %rsp
    call    small_event
    movq    %rbp, %rsp
    popq    %rbp
    popq    %r10
    popq    %r9
    popq    %r8
    popq    %rdi
    popq    %rsi
    popq    %rdx
    popq    %rax
    popq    %rcx
    popq    %r11
    pushq   $0                          # flags of the iret hypercall: none
    jmp     hypercall_page + IRET_SLOT

# ulong small_run(Process*): the process runs until its next system call, whose number is returned. Offsets: Process.cs.
    .set    PROCESS_RIP, 0
    .set    PROCESS_RSP, 8
    .set    PROCESS_RDI, 16
    .set    PROCESS_RBX, 24
# Selectors of Xen's public arch-x86/xen-x86_64.h.
    .set    FLAT_CS, 0xe033
    .set    FLAT_SS, 0xe02b
    .globl  small_run
    .type   small_run, @function
small_run:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
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
    popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret

# Stops at a place of its own: nothing is expected to raise an exception or a failsafe callback.
small_failsafe:
    ud2

# Addresses for C#.
    .macro  address name, of
    .globl  \name
    .type   \name, @function
\name:
    leaq    \of(%rip), %rax
    ret
    .endm
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
    .set    COUNTER, 0x401000           # the page after ProcessTables.CodeAddress
user_code:
    incq    COUNTER
    movq    COUNTER, %rdi
    movl    $1, %eax
    syscall
    cmpq    $3, COUNTER
    jb      user_code
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
