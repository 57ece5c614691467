# What gdb stops in: adds 21 to a word, twice, and ends with it.
    .text
    .globl _start, again, word
_start:
    movl    $2, %ecx
again:
    addl    $21, word(%rip)
    decl    %ecx
    jnz     again
    movl    word(%rip), %edi
    movl    $60, %eax                   # exit
    syscall

    .data
word:
    .long   0
    .section .note.GNU-stack, "", @progbits
