# A 64-bit Linux program: which ports it may use, and what Xen's leaf says. A fault is a SIGSEGV, whose handler goes on at "resume".

.set SYS_WRITE, 1
.set SYS_RT_SIGACTION, 13
.set SYS_EXIT, 60
.set SYS_IOPL, 172
.set SYS_IOPERM, 173
.set SIGSEGV, 11
.set SA_SIGINFO, 4
.set SA_RESTORER, 0x04000000
.set SA_NODEFER, 0x40000000
.set PORT, 0x300
.set OTHER, 0x308

.macro say text, length
    movl $SYS_WRITE, %eax
    movl $1, %edi
    movq $\text, %rsi
    movl $\length, %edx
    syscall
.endm

.macro literal text:vararg
    .section .rodata
91: .ascii \text
92:
    .text
    movl $SYS_WRITE, %eax
    movl $1, %edi
    movq $91b, %rsi
    movq $(92b - 91b), %rdx
    syscall
.endm

# Reads a byte of a port and says what came.
.macro try_port port
    movq $94f, resume
    movq %rsp, saved_rsp
    movl $\port, %edx
    xorl %eax, %eax
    inb %dx, %al
    cmpb $0xff, %al
    jne 95f
    literal "ones\n"
    jmp 96f
95: literal "other\n"
    jmp 96f
94: literal "fault\n"
96:
.endm

    .text
    .globl _start
_start:
    movl $SYS_RT_SIGACTION, %eax
    movl $SIGSEGV, %edi
    movq $action, %rsi
    xorl %edx, %edx
    movl $8, %r10d
    syscall

    literal "no right: "
    try_port PORT

    literal "Xen: "
    movl $0x40000000, %eax
    .byte 0x0f, 0x0b, 0x78, 0x65, 0x6e
    cpuid
    movl %ebx, name
    movl %ecx, name + 4
    movl %edx, name + 8
    say name, 13

    movl $SYS_IOPERM, %eax
    movl $PORT, %edi
    movl $8, %esi
    movl $1, %edx
    syscall
    literal "own port: "
    try_port PORT
    literal "other port: "
    try_port OTHER

    movl $SYS_IOPL, %eax
    movl $3, %edi
    syscall
    literal "level 3: "
    try_port OTHER
    movl $SYS_IOPL, %eax
    xorl %edi, %edi
    syscall
    literal "level 0: "
    try_port OTHER

    movl $SYS_EXIT, %eax
    xorl %edi, %edi
    syscall

handle:
    movq saved_rsp, %rsp
    jmp *resume

    .data
    .align 8
action:
    .quad handle, SA_SIGINFO | SA_RESTORER | SA_NODEFER, handle, 0
resume:
    .quad 0
saved_rsp:
    .quad 0
name:
    .ascii "............\n"

    .section .note.GNU-stack, "", @progbits
