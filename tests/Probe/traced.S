# What a tracer watches: each label is an instruction that it stops at.

    .set SYS_GETPPID, 110

    .text

# void traced(): runs through the labels in order.
    .globl traced
    .type traced, @function
traced:
traced_start:
    movl    $1, %ecx
traced_1:
    pushq   %rcx
traced_2:
    popq    %rcx
traced_3:
    movl    $SYS_GETPPID, %eax
traced_4:
    syscall
traced_5:
    jmp     traced_6
    ud2
traced_6:
    movl    $0x1234, traced_word(%rip)
traced_stored:
    movl    traced_word(%rip), %eax
traced_loaded:
    nop
# MOV SS delays the exception of its own access until the next instruction is through, which enters the kernel.
traced_stack:
    movw    traced_selector(%rip), %ss
    movl    $SYS_GETPPID, %eax
    movw    traced_selector(%rip), %ss
    syscall
    movw    traced_selector(%rip), %ss
    int3
traced_after:
    nop
    ret
    .size traced, . - traced

# ulong traced_address(int n): the labels by number.
    .globl traced_address
    .type traced_address, @function
traced_address:
    leaq    labels(%rip), %rax
    movslq  %edi, %rdi
    movslq  (%rax,%rdi,4), %rdi
    addq    %rdi, %rax
    ret
    .size traced_address, . - traced_address

    .section .rodata
    .balign 4
labels:
    .irp label, traced_start, traced_1, traced_2, traced_3, traced_4, traced_5, traced_6, traced_stored, traced_loaded, traced_stack, traced_after, traced_word, traced_selector
    .long   \label - labels
    .endr

    .data
    .balign 8
traced_word:
    .quad   0
traced_selector:
    .quad   0x2b

    .section .note.GNU-stack, "", @progbits
