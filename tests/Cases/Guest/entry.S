# What C# cannot express: the notes, the first instruction, a call by pointer, the clock, and loops whose registers are known.

    .include "guest.inc"

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
function _start
    leaq    stack_top(%rip), %rsp       # RDI: the shared page
    xorl    %ebp, %ebp
    call    native_main
    ud2

# long native_rom_call(ulong number, ulong a, ulong b, ulong rom)
function native_rom_call
    jmp     *%rcx

    address native_handler_address, native_event

# ulong case_clock(): time-stamp counter.
function case_clock
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    ret

# void case_spin(): nothing but this one instruction.
function case_spin
    jmp     case_spin

# ulong case_window(const ulong* word, ulong target, ulong rounds)
function case_window
    push_kept
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    movq    $0x1234567800 + \n, %r\n
    .endr
    movq    $0x1234567801, %rbx
    movq    $0x1234567802, %rcx
    movq    $0x1234567803, %rbp
1:  cmpq    %rsi, (%rdi)
    jae     2f
    decq    %rdx
    jnz     1b
2:  xorl    %eax, %eax
    .macro  expect register, value
    movq    $\value, %rdx
    cmpq    %rdx, \register
    je      3f
    incq    %rax
3:
    .endm
    .irp n, 8, 9, 10, 11, 12, 13, 14, 15
    expect  %r\n, 0x1234567800+\n
    .endr
    expect  %rbx, 0x1234567801
    expect  %rcx, 0x1234567802
    expect  %rbp, 0x1234567803
    pop_kept
    ret

    .bss
    .balign 4096
    .skip   16384
stack_top:
    .section .note.GNU-stack, "", @progbits
