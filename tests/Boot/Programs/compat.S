# A 32-bit Linux program: compat WAY TAG. WAY is i (int 0x80), v (the vDSO's call), t (a thread-local segment), l (local
# descriptors), c (CLI, with iopl(3): Linux skips it).
# Prints what it found; exit status 0 if it is what it should be. TAG, one character, tells several that run at once apart.

    .set SYS_EXIT, 1
    .set SYS_WRITE, 4
    .set SYS_IOPL, 110
    .set SYS_MODIFY_LDT, 123
    .set SYS_SCHED_YIELD, 158
    .set SYS_SET_THREAD_AREA, 243
    .set AT_SYSINFO, 32
    .set ROUNDS, 60
    .set WRITABLE_32_PAGES, 0x51        # struct user_desc: seg_32bit, limit_in_pages, useable
    .set CODE_32, 0x45                  # seg_32bit, contents 2 (code), useable; the limit is in bytes
    .set LAST_ENTRY, 8191

    .text
    .globl _start
_start:
    movl    8(%esp), %esi
    movb    (%esi), %bl
    movl    12(%esp), %esi
    movb    (%esi), %al
    movb    %al, tag
    movb    %al, segment
    cmpb    $'i', %bl
    je      by_interrupt
    cmpb    $'v', %bl
    je      by_vdso
    cmpb    $'t', %bl
    je      thread_local
    cmpb    $'c', %bl
    je      clear_interrupts
    cmpb    $'l', %bl
    je      local_table
fail:
    movl    $1, %ebx
leave:
    movl    $SYS_EXIT, %eax
    int     $0x80

by_interrupt:
    movl    $5, %edx
    movl    $text_done, %ecx
    call    print
    xorl    %ebx, %ebx
    jmp     leave

# Linux looks at the instruction where its own GDT says that this code segment begins.
clear_interrupts:
    movl    $3, %ebx
    movl    $SYS_IOPL, %eax
    int     $0x80
    testl   %eax, %eax
    jnz     fail
    cli
    sti
    jmp     by_interrupt

print:
    movl    $1, %ebx
    movl    $SYS_WRITE, %eax
    int     $0x80
    ret

# The auxiliary vector names the vDSO's entry, which holds the instruction that the kernel chose.
by_vdso:
    leal    4(%esp), %edi
1:  addl    $4, %edi
    cmpl    $0, -4(%edi)
    jne     1b
2:  addl    $4, %edi
    cmpl    $0, -4(%edi)
    jne     2b
3:  movl    (%edi), %eax
    testl   %eax, %eax
    jz      fail
    addl    $8, %edi
    cmpl    $AT_SYSINFO, %eax
    jne     3b
    movl    -4(%edi), %ebp
    movl    %ebp, vdso
    xorl    %ecx, %ecx
4:  movzwl  (%ebp,%ecx), %eax
    movl    $text_syscall, %edi
    cmpl    $0x050f, %eax
    je      5f
    movl    $text_sysenter, %edi
    cmpl    $0x340f, %eax
    je      5f
    movl    $text_interrupt, %edi
    cmpl    $0x80cd, %eax
    je      5f
    incl    %ecx
    cmpl    $32, %ecx
    jb      4b
    jmp     fail
5:  movl    $9, %edx
    movl    %edi, %ecx
    movl    $1, %ebx
    movl    $SYS_WRITE, %eax
    movl    $0x11223344, %esi
    movl    $0x55667788, %ebp
    call    *vdso
    cmpl    $9, %eax
    jne     fail
    cmpl    $0x11223344, %esi
    jne     fail
    cmpl    $0x55667788, %ebp
    jne     fail
    xorl    %ebx, %ebx
    jmp     leave

# A segment that begins at the program's own tag, in GS, while others with another run.
thread_local:
    movl    $segment, description + 4
    movl    $SYS_SET_THREAD_AREA, %eax
    movl    $description, %ebx
    int     $0x80
    testl   %eax, %eax
    jnz     fail
    movl    description, %eax
    leal    3(,%eax,8), %eax
    movw    %ax, %gs
    movl    $ROUNDS, %ebp
1:  movb    %gs:0, %al
    cmpb    tag, %al
    jne     fail
    movl    $SYS_SCHED_YIELD, %eax
    int     $0x80
    movl    $20000, %ecx
2:  decl    %ecx
    jnz     2b
    decl    %ebp
    jnz     1b
    jmp     by_interrupt

# Data segments in the first and the last entry, in DS, ES and FS; then code in one with a limit.
local_table:
    movl    $segment, description + 4
    movl    $0, description
    call    describe
    movl    $LAST_ENTRY, description
    call    describe
    movl    $1, description
    movl    $local_code, description + 4
    movl    $local_code_end - local_code - 1, description + 8
    movl    $CODE_32, description + 12
    call    describe
    movl    $7, %eax
    movw    %ax, %es
    movl    $LAST_ENTRY * 8 + 7, %eax
    movw    %ax, %fs
    movl    $ROUNDS, %ebp
1:  movb    %es:0, %al
    cmpb    tag, %al
    jne     fail
    cmpb    %fs:0, %al
    jne     fail
    movl    $7, %eax
    movw    %ax, %ds
    movb    0, %bl
    movw    %ss, %ax
    movw    %ax, %ds
    cmpb    tag, %bl
    jne     fail
    lcall   $0xf, $0
    movl    $SYS_SCHED_YIELD, %eax
    int     $0x80
    decl    %ebp
    jnz     1b
    jmp     by_interrupt

describe:
    movl    $SYS_MODIFY_LDT, %eax
    movl    $0x11, %ebx
    movl    $description, %ecx
    movl    $16, %edx
    int     $0x80
    testl   %eax, %eax
    jnz     fail
    ret

# Long enough to be interrupted.
local_code:
    movl    $20000, %ecx
1:  decl    %ecx
    jnz     1b
    lret
local_code_end:

    .data
description:
    .long   -1, 0, 0xfffff, WRITABLE_32_PAGES
vdso:
    .long   0
text_done:
    .ascii  "done\n"
text_syscall:
    .ascii  "syscall \n"
text_sysenter:
    .ascii  "sysenter\n"
text_interrupt:
    .ascii  "int 0x80\n"
tag:
    .byte   0
segment:
    .byte   0

    .section .note.GNU-stack, "", @progbits
