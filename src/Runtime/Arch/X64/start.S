# Entry of every user-level program, and the few instructions that C# cannot express.
# Conventions: System V AMD64 for everything that C# calls; the kernel's for SYSCALL (src/Abi/KernelCall.cs).

    .include "layout.inc"

    .text

# First instruction of a program. RDI: address of its startup page. The stack pointer is the top of the stack.
    .globl _start
    .type _start, @function
_start:
    movq    %rsp, stack_top(%rip)
    xorl    %ebp, %ebp
    andq    $-16, %rsp
    call    tierce_main
    movq    %rax, %rdi
    movl    $KERNEL_CALL_THREAD_EXIT, %eax
    syscall
    ud2
    .size _start, . - _start

# First instruction of a further thread. RDI: its argument. Programs with one thread need not define tierce_thread.
    .weak   tierce_thread
    .type thread_start, @function
thread_start:
    movq    %rsp, stack_top(%rip)
    xorl    %ebp, %ebp
    andq    $-16, %rsp
    call    tierce_thread
    xorl    %edi, %edi
    movl    $KERNEL_CALL_THREAD_EXIT, %eax
    syscall
    ud2
    .size thread_start, . - thread_start

# ulong tierce_thread_entry(): address of thread_start.
    .globl tierce_thread_entry
    .type tierce_thread_entry, @function
tierce_thread_entry:
    leaq    thread_start(%rip), %rax
    ret
    .size tierce_thread_entry, . - tierce_thread_entry

# void tierce_call(CallArguments*): one kernel call. The structure holds number and arguments, then status and results.
    .globl tierce_call
    .type tierce_call, @function
tierce_call:
    pushq   %rbx
    movq    %rdi, %rbx
    movq    CALL_NUMBER(%rbx), %rax
    movq    CALL_ARGUMENT0(%rbx), %rdi
    movq    CALL_ARGUMENT1(%rbx), %rsi
    movq    CALL_ARGUMENT2(%rbx), %rdx
    movq    CALL_ARGUMENT3(%rbx), %r10
    movq    CALL_ARGUMENT4(%rbx), %r8
    movq    CALL_ARGUMENT5(%rbx), %r9
    syscall
    movq    %rax, CALL_NUMBER(%rbx)
    movq    %rdi, CALL_ARGUMENT0(%rbx)
    movq    %rsi, CALL_ARGUMENT1(%rbx)
    movq    %rdx, CALL_ARGUMENT2(%rbx)
    movq    %r10, CALL_ARGUMENT3(%rbx)
    movq    %r8, CALL_ARGUMENT4(%rbx)
    movq    %r9, CALL_ARGUMENT5(%rbx)
    popq    %rbx
    ret
    .size tierce_call, . - tierce_call

# ulong tierce_signal_wait(target, bits, source, deadline): the call by which a driver hands on, so no more than it takes.
# Returns the bits; 0 if the deadline has passed or the call failed.
    .globl tierce_signal_wait
    .type tierce_signal_wait, @function
tierce_signal_wait:
    movq    %rcx, %r10
    movl    $KERNEL_CALL_SIGNAL_WAIT, %eax
    syscall
    testq   %rax, %rax
    movl    $0, %eax
    cmovzq  %rsi, %rax
    ret
    .size tierce_signal_wait, . - tierce_signal_wait

# byte tierce_in8(ushort port)
    .globl tierce_in8
    .type tierce_in8, @function
tierce_in8:
    movl    %edi, %edx
    xorl    %eax, %eax
    inb     %dx, %al
    ret
    .size tierce_in8, . - tierce_in8

# void tierce_out8(ushort port, byte value)
    .globl tierce_out8
    .type tierce_out8, @function
tierce_out8:
    movl    %edi, %edx
    movl    %esi, %eax
    outb    %al, %dx
    ret
    .size tierce_out8, . - tierce_out8

# uint tierce_in32(ushort port)
    .globl tierce_in32
    .type tierce_in32, @function
tierce_in32:
    movl    %edi, %edx
    inl     %dx, %eax
    ret
    .size tierce_in32, . - tierce_in32

# void tierce_out32(ushort port, uint value)
    .globl tierce_out32
    .type tierce_out32, @function
tierce_out32:
    movl    %edi, %edx
    movl    %esi, %eax
    outl    %eax, %dx
    ret
    .size tierce_out32, . - tierce_out32

# void tierce_in8_many(ushort port, byte* bytes, uint count)
    .globl tierce_in8_many
    .type tierce_in8_many, @function
tierce_in8_many:
    movl    %edx, %ecx
    movl    %edi, %edx
    movq    %rsi, %rdi
    rep insb
    ret
    .size tierce_in8_many, . - tierce_in8_many

# void tierce_out8_many(ushort port, const byte* bytes, uint count)
    .globl tierce_out8_many
    .type tierce_out8_many, @function
tierce_out8_many:
    movl    %edx, %ecx
    movl    %edi, %edx
    rep outsb
    ret
    .size tierce_out8_many, . - tierce_out8_many

# ulong tierce_tsc()
    .globl tierce_tsc
    .type tierce_tsc, @function
tierce_tsc:
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    ret
    .size tierce_tsc, . - tierce_tsc

# void tierce_where(StackFrame*): the caller's place: RIP, RSP in its body, RBP.
    .globl tierce_where
    .type tierce_where, @function
tierce_where:
    movq    (%rsp), %rax
    movq    %rax, (%rdi)
    leaq    8(%rsp), %rax
    movq    %rax, 8 * 1(%rdi)
    movq    %rbp, 8 * 2(%rdi)
    ret
    .size tierce_where, . - tierce_where

# ulong tierce_stack_top(): upper end of the first thread's stack.
    .globl tierce_stack_top
    .type tierce_stack_top, @function
tierce_stack_top:
    movq    stack_top(%rip), %rax
    ret
    .size tierce_stack_top, . - tierce_stack_top

# byte* tierce_symbols_start(), byte* tierce_symbols_end(): the image's table of functions.
    .globl tierce_symbols_start, tierce_symbols_end
    .type tierce_symbols_start, @function
    .type tierce_symbols_end, @function
tierce_symbols_start:
    leaq    __symbols_start(%rip), %rax
    ret
    .size tierce_symbols_start, . - tierce_symbols_start
tierce_symbols_end:
    leaq    __symbols_end(%rip), %rax
    ret
    .size tierce_symbols_end, . - tierce_symbols_end

    .bss
    .balign 8
stack_top:
    .quad   0

    .section .note.GNU-stack, "", @progbits
