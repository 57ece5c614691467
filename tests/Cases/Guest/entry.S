# What C# cannot express: the clock, and loops whose registers are known.

    .include "guest.inc"
    .include "native.inc"

    address native_handler_address, native_event

# ulong case_clock(): time-stamp counter.
function case_clock
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    ret

# void case_spin(const byte* until): nothing but these two instructions, until the byte is not 0.
function case_spin
    cmpb    $0, (%rdi)
    je      case_spin
    ret

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
