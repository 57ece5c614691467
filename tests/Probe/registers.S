# Checks that vector and x87 registers keep their values while the kernel, its hypervisor and other processes run.

    .set SYS_GETPPID, 110
    .set SYS_SCHED_YIELD, 24

    .text

# int registers_survive(const byte* pattern, byte* result, long rounds, long sabotage)
# Loads YMM0-15 (XMM0-15 when the last argument's bit 1 is clear) and two x87 registers from the pattern (16 * 32 bytes, then 2 * 10 bytes in 16 each),
# then spends the rounds on system calls and on plain work that is preempted, then stores all registers to the result.
# Bit 0 of the last argument: change one register on the way, as a faulty kernel would.
    .globl registers_survive
    .type registers_survive, @function
registers_survive:
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    movq    %rsi, %rbx
    movq    %rdx, %r12
    movq    %rcx, %r13

    fninit
    fldt    32 * 16(%rdi)
    fldt    32 * 16 + 16 * 1(%rdi)
    testq   $2, %r13
    jz      1f
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    vmovdqu (32 * \n)(%rdi), %ymm\n
    .endr
    jmp     2f
1:  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    movdqu  (32 * \n)(%rdi), %xmm\n
    .endr
2:
3:  movl    $SYS_GETPPID, %eax
    syscall
    movl    $SYS_SCHED_YIELD, %eax
    syscall
    movl    $20000, %ecx
4:  decl    %ecx
    jnz     4b
    decq    %r12
    jnz     3b

    testq   $1, %r13
    jz      5f
    pxor    %xmm7, %xmm7
5:  testq   $2, %r13
    jz      6f
    .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    vmovdqu %ymm\n, (32 * \n)(%rbx)
    .endr
    vzeroupper
    jmp     7f
6:  .irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
    movdqu  %xmm\n, (32 * \n)(%rbx)
    .endr
7:  fstpt   32 * 16 + 16 * 1(%rbx)
    fstpt   32 * 16(%rbx)
    popq    %r13
    popq    %r12
    popq    %rbx
    ret
    .size registers_survive, . - registers_survive

# int has_avx(): whether processor and operating system keep YMM registers.
    .globl has_avx
    .type has_avx, @function
has_avx:
    pushq   %rbx
    movl    $1, %eax
    xorl    %ecx, %ecx
    cpuid
    xorl    %eax, %eax
    andl    $0x18000000, %ecx       # OSXSAVE and AVX
    cmpl    $0x18000000, %ecx
    jne     1f
    xorl    %ecx, %ecx
    xgetbv
    andl    $6, %eax
    cmpl    $6, %eax
    sete    %al
    movzbl  %al, %eax
1:  popq    %rbx
    ret
    .size has_avx, . - has_avx

# ulong read_word(ulong address)
    .globl read_word
    .type read_word, @function
read_word:
    movq    (%rdi), %rax
    ret
    .size read_word, . - read_word

# void write_word(ulong address, ulong value)
    .globl write_word
    .type write_word, @function
write_word:
    movq    %rsi, (%rdi)
    ret
    .size write_word, . - write_word
