# A PV kernel as small test kernels are: its notes lie in a section and no segment, name neither entry nor virtual base, and its page
# tables are the ones it found, whose lowest entries lack the user bit. It tries instructions in its kernel mode and, with its own root for
# both, in its user mode, and writes to the emergency console which exception came of each: "pv: NAME VECTOR ERROR".

.set FLAT_CS, 0xe033
.set FLAT_SS, 0xe02b
.set RETURN_VECTOR, 0x20                # user code ends with it
.set KERNEL_ONLY, 0x21                  # level 0
.set KERNEL_LEVEL, 0x22                 # level 1
.set NONE, 0xff
.set SET_TRAP_TABLE, 0
.set STACK_SWITCH, 3
.set SET_CALLBACKS, 4
.set MULTICALL, 13
.set XEN_VERSION, 17
.set CONSOLE_IO, 18
.set VM_ASSIST, 21
.set IRET, 23
.set MMUEXT_OP, 26
.set SCHED_OP, 29
.set PHYSDEV_OP, 33
.set NEW_USER_ROOT, 15
.set DOMID_SELF, 0x7ff0
.set SHUTDOWN, 2
.set SET_IOPL, 6
.set ARCHITECTURAL_IOPL, 4

    .section .note.Xen, "a", @note
    .align 4
    .long 4, 8, 5
    .asciz "Xen"
    .asciz "xen-3.0"
    .long 4, 8, 8
    .asciz "Xen"
    .asciz "generic"

.macro hypercall number, first, second, third
    movl $\number, %eax
    movq \first, %rdi
    movq \second, %rsi
    movq \third, %rdx
    syscall
.endm

# What the lines after it do in kernel mode ends at its report, by itself or by an exception.
.macro in_kernel name, code:vararg
    movq $91f, recover
    movq %rsp, saved_rsp
    movl $NONE, last_vector
    \code
91: movq $92f, %rsi
    call report
    .section .rodata
92: .asciz "pv: kernel \name"
    .text
.endm

# The same in user mode, entered with these flags.
.macro in_user name, flags, code:vararg
    movq $91f, recover
    movq %rsp, saved_rsp
    movl $NONE, last_vector
    movq \flags, %rcx
    movq $93f, %rdx
    jmp enter_user
93: \code
    int $RETURN_VECTOR
91: movq $92f, %rsi
    call report
    .section .rodata
92: .asciz "pv: user \name"
    .text
.endm

# The first of Xen's leaves, as it must be asked for; keeps the first word of its name.
.macro xen_cpuid
    movl $0x40000000, %eax
    .byte 0x0f, 0x0b, 0x78, 0x65, 0x6e
    cpuid
    movl %ebx, user_result
.endm

.macro handler vector, has_error
handle_\vector:
    movl $\vector, last_vector
    movq $0, last_error
    .if \has_error
    movq 16(%rsp), %rax
    movq %rax, last_error
    addq $8, %rsp
    .endif
    movq 32(%rsp), %rax
    movq %rax, last_flags
    jmp recovered
.endm

.macro trap vector, level
    .byte \vector, \level | 4
    .word FLAT_CS
    .long 0
    .quad handle_\vector
.endm

    .text
    .globl _start
_start:
    movq $stack_top, %rsp
    hypercall SET_TRAP_TABLE, $traps, $0, $0
    hypercall STACK_SWITCH, $FLAT_SS, $kernel_stack_top, $0
    hypercall SET_CALLBACKS, $handle_event, $handle_event, $handle_call
    movq %cr3, %rax
    shrq $12, %rax
    movq %rax, new_root + 8
    movl $MMUEXT_OP, %eax
    movq $new_root, %rdi
    movl $1, %esi
    xorl %edx, %edx
    movl $DOMID_SELF, %r10d
    syscall

    in_kernel int20, int $RETURN_VECTOR
    in_kernel int21, int $KERNEL_ONLY
    in_kernel int22, int $KERNEL_LEVEL
    in_kernel int30, int $0x30
    in_kernel int80, int $0x80
    in_user nothing, $0x202, nop
    in_user int21, $0x202, int $KERNEL_ONLY
    in_user int22, $0x202, int $KERNEL_LEVEL
    in_user int30, $0x202, int $0x30
    in_user int80, $0x202, int $0x80
    in_user read, $0x202, movq last_error, %rax
    in_user write, $0x202, movq %rax, user_result
    in_user absent, $0x202, movq 0x7f0000000000, %rax
    in_user cpuid, $0x202, xen_cpuid
    movq user_result, %rax
    movq %rax, last_error
    movq $xen_text, %rsi
    call report

    call levels
    movl $1, level
    call levels
    movl $3, level
    call levels

    hypercall VM_ASSIST, $0, $ARCHITECTURAL_IOPL, $0
    in_kernel own-cli, cli
    in_user own0-cli, $0x202, cli
    in_user own1-outb, $0x1202, outb %al, $0x80
    in_user own3-cli, $0x3202, cli
    in_user own3-outb, $0x3202, outb %al, $0x80
    in_user own3-inb, $0x3202, inb $0x80, %al
    call report_flags
    in_user own3-absent, $0x3202, movq 0x7f0000000000, %rax
    call report_flags
    in_user own3-syscall, $0x3202, syscall
    call report_flags
    in_user own3-ud2, $0x3202, ud2
    call report_flags
    hypercall VM_ASSIST, $1, $ARCHITECTURAL_IOPL, $0

# A multicall of an iret and a version: the first leads to user code, and the second is not made.
    movq $1f, recover
    movq %rsp, saved_rsp
    movl $NONE, last_vector
    pushq $FLAT_SS
    pushq $user_stack_top
    pushq $0x202
    pushq $FLAT_CS
    pushq $back_to_kernel
    pushq $0
    pushq $0
    pushq $0
    pushq $0x55
    movl $MULTICALL, %eax
    movq $list, %rdi
    movl $2, %esi
    syscall
1:  movq second_result, %rax
    movq %rax, last_error
    movq $multicall_text, %rsi
    call report
    hypercall SCHED_OP, $SHUTDOWN, $zero, $0
    ud2

back_to_kernel:
    int $RETURN_VECTOR

# By physdev_op: kernel and user mode with the level in "level".
levels:
    hypercall PHYSDEV_OP, $SET_IOPL, $level, $0
    movl level, %eax
    movq %rax, last_error
    movq $level_text, %rsi
    call report
    in_kernel cli, cli
    in_kernel outb, outb %al, $0x80
    in_user cli, $0x202, cli
    in_user outb, $0x202, outb %al, $0x80
    ret

# RCX: flags, RDX: address.
enter_user:
    pushq $FLAT_SS
    pushq $user_stack_top
    pushq %rcx
    pushq $FLAT_CS
    pushq %rdx
    pushq $0
    pushq $0
    pushq $0
    pushq $0
    movl $IRET, %eax
    syscall
    ud2

recovered:
    movq saved_rsp, %rsp
    jmp *recover

    handler 6, 0
    handler 13, 1
    handler 14, 1
    handler 0x20, 0
    handler 0x21, 0
    handler 0x22, 0
handle_event:
    ud2
handle_call:
    movl $0x100, last_vector
    movq $0, last_error
    movq 32(%rsp), %rax
    movq %rax, last_flags
    jmp recovered

report_flags:
    movq last_flags, %rax
    andl $0x3000, %eax
    movq %rax, last_error
    movq $flags_text, %rsi
# RSI: text. Writes it, the vector and the error code.
report:
    movq $line, %rdi
1:  lodsb
    testb %al, %al
    jz 2f
    stosb
    jmp 1b
2:  movl last_vector, %edx
    call number
    movq last_error, %rdx
    call number
    movb $10, (%rdi)
    incq %rdi
    subq $line, %rdi
    movq %rdi, %rsi
    xorl %edi, %edi
    movq $line, %rdx
    movl $CONSOLE_IO, %eax
    syscall
    ret

# RDX in hexadecimal, after a space.
number:
    movb $' ', %al
    stosb
    movl $60, %ecx
1:  movq %rdx, %rax
    shrq %cl, %rax
    jnz 2f
    subl $4, %ecx
    jns 1b
    xorl %ecx, %ecx
2:  movq %rdx, %rax
    shrq %cl, %rax
    andl $15, %eax
    movb digits(%rax), %al
    stosb
    subl $4, %ecx
    jns 2b
    ret

    .section .rodata
digits:
    .ascii "0123456789abcdef"
xen_text:
    .asciz "pv: xen"
level_text:
    .asciz "pv: level"
flags_text:
    .asciz "pv: flags"
multicall_text:
    .asciz "pv: multicall"

    .data
    .align 8
traps:
    trap 6, 0
    trap 13, 0
    trap 14, 0
    trap 0x20, 3
    trap 0x21, 0
    trap 0x22, 1
    .quad 0, 0
new_root:
    .quad NEW_USER_ROOT, 0, 0
list:
    .quad IRET, 0, 0, 0, 0, 0, 0, 0
    .quad XEN_VERSION
second_result:
    .quad 0x77, 0, 0, 0, 0, 0, 0
last_error:
    .quad 0
last_flags:
    .quad 0
recover:
    .quad 0
saved_rsp:
    .quad 0
user_result:
    .quad 0
last_vector:
    .long 0
level:
    .long 0
zero:
    .long 0

    .bss
line:
    .skip 128
    .align 4096
    .skip 4096
stack_top:
    .skip 4096
kernel_stack_top:
    .skip 4096
user_stack_top:

    .section .note.GNU-stack, "", @progbits
