# Entry of a Linux program and Linux's system call, System V AMD64 conventions.

    .set SYS_EXIT_GROUP, 231

    .text

# First instruction of the program: read the clock before anything else, for the measurement of boot.
    .globl _start
    .type _start, @function
_start:
    rdtsc
    shlq    $32, %rdx
    leaq    (%rax,%rdx), %rsi
    movq    %rsp, %rdi
    xorl    %ebp, %ebp
    andq    $-16, %rsp
    call    guest_main
    movl    %eax, %edi
    movl    $SYS_EXIT_GROUP, %eax
    syscall
    ud2
    .size _start, . - _start

# ulong linux_tsc()
    .globl linux_tsc
    .type linux_tsc, @function
linux_tsc:
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    ret
    .size linux_tsc, . - linux_tsc

# long linux_call(long number, long a, long b, long c, long d, long e, long f)
    .globl linux_call
    .type linux_call, @function
linux_call:
    movq    %rdi, %rax
    movq    %rsi, %rdi
    movq    %rdx, %rsi
    movq    %rcx, %rdx
    movq    %r8, %r10
    movq    %r9, %r8
    movq    8(%rsp), %r9
    syscall
    ret
    .size linux_call, . - linux_call
