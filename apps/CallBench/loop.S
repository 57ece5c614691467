# Kernel calls in a row, and the programs of the domain at their other end.

    .include "layout.inc"

    .text

# ulong NAME(CallLoop*): the instruction this many times; ticks from before the first to after the last.
    .macro LOOP name, instruction:vararg
    .globl \name
    .type \name, @function
\name:
    pushq   %rbx
    pushq   %rbp
    pushq   %r12
    pushq   %r13
    pushq   %r14
    movq    %rdi, %rbx
    movq    LOOP_RDX(%rbx), %r12
    movq    LOOP_R9(%rbx), %r13
    movq    LOOP_TIMES(%rbx), %rbp
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    movq    %rax, %r14
1:  movq    LOOP_RAX(%rbx), %rax
    movq    LOOP_RDI(%rbx), %rdi
    movq    LOOP_RSI(%rbx), %rsi
    movq    %r12, %rdx
    movq    LOOP_R10(%rbx), %r10
    movq    LOOP_R8(%rbx), %r8
    movq    %r13, %r9
    \instruction
    testq   %rax, %rax
    js      2f
    addq    LOOP_STEP_RDX(%rbx), %r12
    addq    LOOP_STEP_R9(%rbx), %r13
    decq    %rbp
    jnz     1b
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    subq    %r14, %rax
2:  popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbp
    popq    %rbx
    ret
    .size \name, . - \name
    .endm

    LOOP calls_loop, syscall
    LOOP empty_loop

# Copied to a page of the other domain: takes calls of the endpoint in RDI and answers them.
    .globl other_domain_start, other_domain_end, other_domain_waiter
    .type other_domain_start, @function
    .type other_domain_waiter, @function
other_domain_start:
    movl    %edi, %ebx
    movl    $KERNEL_CALL_IPC_RECEIVE, %eax
1:  movl    %ebx, %edi
    syscall
    movl    $KERNEL_CALL_IPC_REPLY_RECEIVE, %eax
    jmp     1b

# The same page: waits for the notification in RDI, for ever.
other_domain_waiter:
    movl    %edi, %ebx
1:  movl    %ebx, %edi
    xorl    %esi, %esi
    movl    $KERNEL_CALL_NOTIFICATION_WAIT, %eax
    syscall
    jmp     1b
other_domain_end:
    .size other_domain_start, other_domain_waiter - other_domain_start
    .size other_domain_waiter, . - other_domain_waiter

    .globl address_of_other_domain, address_of_other_waiter, address_of_other_end
    .type address_of_other_domain, @function
    .type address_of_other_waiter, @function
    .type address_of_other_end, @function
address_of_other_domain:
    leaq    other_domain_start(%rip), %rax
    ret
    .size address_of_other_domain, . - address_of_other_domain
address_of_other_waiter:
    leaq    other_domain_waiter(%rip), %rax
    ret
    .size address_of_other_waiter, . - address_of_other_waiter
address_of_other_end:
    leaq    other_domain_end(%rip), %rax
    ret
    .size address_of_other_end, . - address_of_other_end

    .section .note.GNU-stack, "", @progbits
