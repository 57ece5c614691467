# What C# cannot express: what processes run.

    .include "guest.inc"
    .include "native.inc"

    address native_handler_address, native_event
    address native_user_code, user_code
    address native_tables, tables

# What every process runs: counts in memory of its own, tells the count (call 1); at 3 it goes round until it is stopped, which
# its kernel shows it in RBX, and ends (call 2).
    .section .user_code, "ax", @progbits
    .balign 4096
user_code:
    count_to_three
1:  testq   %rbx, %rbx
    jz      1b
    movl    $2, %eax
    syscall
    ud2
    .balign 4096

    .bss
    .balign 4096
tables:                                 # for each process four tables and its data
    .skip   2 * 5 * 4096
    .skip   16384
stack_top:
    .section .note.GNU-stack, "", @progbits
