# Block copies and fills. String instructions alone: they touch no SIMD register, so they may run in any context.
# System V convention: destination RDI, then source or value RSI, then length RDX.

        .text

# void* memmove(void* destination, const void* source, size_t length); overlap allowed
        .globl  memmove, memcpy
        .type   memmove, @function
        .type   memcpy, @function
memmove:
memcpy:
        .cfi_startproc
        movq    %rdi, %rax
        movq    %rdi, %rcx
        subq    %rsi, %rcx
        cmpq    %rdx, %rcx              # unsigned destination - source < length: the end must go first
        jb      backwards
        movq    %rdx, %rcx
        shrq    $3, %rcx
        rep     movsq
        movl    %edx, %ecx
        andl    $7, %ecx
        rep     movsb
        ret
backwards:
        leaq    -1(%rdi,%rdx), %rdi
        leaq    -1(%rsi,%rdx), %rsi
        movq    %rdx, %rcx
        std
        rep     movsb
        cld
        ret
        .cfi_endproc
        .size   memmove, . - memmove
        .size   memcpy, . - memcpy

# void* memset(void* destination, int value, size_t length)
# void tierce_fill(void* destination, unsigned char value, size_t length)
        .globl  memset, tierce_fill
        .type   memset, @function
        .type   tierce_fill, @function
memset:
tierce_fill:
        .cfi_startproc
        movq    %rdi, %r8
        movzbl  %sil, %eax
        movabsq $0x0101010101010101, %rcx
        imulq   %rcx, %rax
        movq    %rdx, %rcx
        shrq    $3, %rcx
        rep     stosq
        movl    %edx, %ecx
        andl    $7, %ecx
        rep     stosb
        movq    %r8, %rax
        ret
        .cfi_endproc
        .size   memset, . - memset
        .size   tierce_fill, . - tierce_fill

# void tierce_clear(void* destination, size_t length)
        .globl  tierce_clear
        .type   tierce_clear, @function
tierce_clear:
        .cfi_startproc
        xorl    %eax, %eax
        movq    %rsi, %rcx
        shrq    $3, %rcx
        rep     stosq
        movl    %esi, %ecx
        andl    $7, %ecx
        rep     stosb
        ret
        .cfi_endproc
        .size   tierce_clear, . - tierce_clear

        .section .note.GNU-stack, "", @progbits
