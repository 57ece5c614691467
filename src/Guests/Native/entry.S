# What C# cannot express: the notes, the first instruction, a call by pointer, what processes run.

    .macro note type
    .long   7, 8, \type
    .asciz  "Tierce"
    .byte   0
    .endm

    .section .note.guest, "a", @note
    note 1                              # NativeNote.Entry
    .quad   _start
    note 2                              # NativeNote.VirtualBase
    .quad   virtual_base

    .text
    .globl  _start
    .type   _start, @function
_start:
    leaq    stack_top(%rip), %rsp       # RDI: the shared page
    xorl    %ebp, %ebp
    call    native_main
    ud2

# long native_rom_call(ulong number, ulong a, ulong b, ulong rom)
    .globl  native_rom_call
    .type   native_rom_call, @function
native_rom_call:
    jmp     *%rcx

    .macro  address name, of
    .globl  \name
    .type   \name, @function
\name:
    leaq    \of(%rip), %rax
    ret
    .endm
    address native_handler_address, native_event
    address native_user_code, user_code
    address native_tables, tables

# What every process runs: counts in memory of its own, tells the count (call 1); at 3 it goes round until it is stopped, which
# its kernel shows it in RBX, and ends (call 2).
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
