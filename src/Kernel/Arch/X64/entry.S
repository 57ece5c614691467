# Every way into the kernel and every way out of it.
#
# An entry from ring 3 stores the registers straight into the current thread (its RegisterFrame comes first): TSS.RSP0 and CPU_FRAME_TOP
# point to the end of that frame. The handler then runs on the processor's one kernel stack with interrupts off, and returns the thread to
# resume. Ring 0 does not use GS: "cpu" is reached by its address, and a further processor gets a copy of this text with its own. Where user
# roots do not hold the kernel, isolation.S takes the places of some pieces.

    .include "layout.inc"
    .include "Arch/X64/frame.inc"

.set USER_CODE, 0xe033
.set USER_DATA, 0xe02b
.set USER_CODE32, 0xe023
.set SYSENTER_VECTOR, 0x81              # EntryVector
.set COMPAT_SYSCALL_VECTOR, 0x82
.set FIRST_LINE, 0x30                   # Vector.FirstLine, IoApic.Lines
.set LINES, 24
.set FLAGS_TF_RF, 0x10100
.set TABLE_FLAGS, 0x67                  # of an entry that names a table, as a rule: present, writable, user, accessed, dirty
.set PRESENT, 1
.set WRITABLE, 2
.set ERROR_WRITE, 2
.set ERROR_KEPT, 0x12                   # write, fetch
.set ERROR_USER, 4
.set HIGH_HALF, 0xffff87ff00000000      # upper half of every address in the image

# RSI: the thread, RAX: what to call.
.macro call_short
    movaps %xmm0, THREAD_SIMD(%rsi)
    movaps %xmm8, THREAD_SIMD + 16(%rsi)
    leaq cpu(%rip), %rdi
    movq cpu + CPU_KERNEL_STACK(%rip), %rsp
    cld
    call *%rax
.endm

    .section .entry.text, "ax", @progbits

# --- Exceptions and interrupts -------------------------------------------------------------------------------

# 256 stubs of 16 bytes. Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code (Intel SDM vol. 3, 6.13).
    .globl trap_stubs
    .balign 16
trap_stubs:
    .set vector, 0
    .rept 256
    .balign 16
    .if vector >= FIRST_LINE && vector < FIRST_LINE + LINES
    pushq %r15
    movl $vector, %r15d
    jmp line
    .else
    .if !((vector == 8) || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    .if vector == 1
    jmp debug_trap
    .elseif vector == 14
    jmp page_fault
    .elseif vector == 2
    jmp nmi_trap
    .elseif vector == 8 || vector == 18
    jmp trap_from_kernel
    .else
    jmp trap
    .endif
    .endif
    .set vector, vector + 1
    .endr

# A page fault in a virtual CPU and its load of roots are the most frequent entries. Their C# never switches threads, so registers that the
# calling convention preserves stay in place, and the thread's frame takes the others.
    .globl page_fault, resume_short
page_fault:
    testb $3, 24(%rsp)
    jz trap_from_kernel
page_fault_from_user:
    movq %rax, VCPU_RAX - FRAME_VECTOR(%rsp)
    movq %rcx, VCPU_RCX - FRAME_VECTOR(%rsp)
    movq %r11, VCPU_R11 - FRAME_VECTOR(%rsp)
    cmpl $(guest_user_syscall - HIGH_HALF), cpu + CPU_SYSCALL_TARGET(%rip)
    jne page_fault_in_cache

# A page fault of guest user is the guest's own if the guest's tables name no page, or one that must not be written. This walks them as
# Guest.Walk does, as long as their entries have the usual flags and lead to frames of the guest. C# handles everything else.
    movq %cr2, %rcx
    movq %rcx, %r11
    shrq $39, %r11
    cmpl $256, %r11d
    jae page_fault_in_cache
    movq cpu + CPU_GUEST_USER_TABLE(%rip), %rax
    movq (%rax, %r11, 8), %rax
    .irp shift, 30, 21, 12
    xorq $TABLE_FLAGS, %rax
    testl $0xfff, %eax
    jnz page_fault_in_cache
    cmpq cpu + CPU_GUEST_BYTES(%rip), %rax
    jae page_fault_in_cache
    addq cpu + CPU_GUEST_MEMORY(%rip), %rax
    movq %rcx, %r11
    shrq $\shift - 3, %r11
    andl $0xff8, %r11d
    movq (%rax, %r11), %rax
    .endr
    movl $ERROR_USER, %r11d
    testb $PRESENT, %al
    jz 1f
    testb $ERROR_WRITE, 8(%rsp)
    jz page_fault_in_cache
    testb $WRITABLE, %al
    jnz page_fault_in_cache
    orl $PRESENT, %r11d
1:  andl $ERROR_KEPT, 8(%rsp)
    orl %r11d, 8(%rsp)
    movq cpu + CPU_DESCRIPTOR_OWNER(%rip), %rax
    movq %rcx, VIRTUAL_FAULT_ADDRESS(%rax)
    movq cpu + CPU_VCPU_PAGE(%rip), %rax
    popq VCPU_VECTOR(%rax)
    popq VCPU_ERROR_CODE(%rax)
    popq VCPU_ENTRY_RIP(%rax)
    popq VCPU_ENTRY_CS(%rax)
    popq VCPU_ENTRY_RFLAGS(%rax)
    popq VCPU_ENTRY_RSP(%rax)
    popq VCPU_ENTRY_SS(%rax)
    movq %rcx, VCPU_FAULT_ADDRESS(%rax)
    movq $1, VCPU_ENTRY_USER_MODE(%rax)
    incq cpu + CPU_USER_FAULTS(%rip)
    movq cpu + CPU_GUEST_KERNEL_ROOT(%rip), %rcx
    .globl fault_switch_to_kernel
fault_switch_to_kernel:
    movq %rcx, %cr3
    leaq guest_kernel_syscall(%rip), %rcx
    movq %rcx, cpu + CPU_SYSCALL_TARGET(%rip)
    swapgs
    pushq $USER_DATA
    pushq VCPU_ENTRY_RSP(%rax)
    pushq $FLAGS_FIXED
    pushq $USER_CODE
    pushq cpu + CPU_ROM_EXCEPTION(%rip)
    movq VCPU_RAX - FRAME_RIP(%rsp), %rax
    movq VCPU_RCX - FRAME_RIP(%rsp), %rcx
    movq VCPU_R11 - FRAME_RIP(%rsp), %r11
    iretq

page_fault_in_cache:
    subq $FRAME_VECTOR, %rsp
    store_arguments
    movq %rsp, %rsi
    movq FRAME_ERROR(%rsi), %rdx
    movq %cr2, %rcx
    leaq kernel_page_fault(%rip), %rax
fault_handler_end:
    call_short
    testq %rax, %rax
    jnz resume_short
    movq cpu + CPU_FRAME_TOP(%rip), %rsp    # a domain's thread
    subq $FRAME_SIZE, %rsp
    movq VCPU_RAX(%rsp), %rax
    movq VCPU_RCX(%rsp), %rcx
    movq VCPU_R11(%rsp), %r11
    load_arguments
    addq $FRAME_VECTOR, %rsp
    jmp trap_from_user

trap:
    testb $3, 24(%rsp)
    jz trap_from_kernel
# Here the vector lies in the frame's place for R14 and the error code in that for R15.
trap_from_user:
    pushq %r13
    movq 8(%rsp), %r13
    movq %r14, 8(%rsp)
    movq 16(%rsp), %r14
    movq %r15, 16(%rsp)
    push_from_r12
    movq %rsp, %rsi
    movaps %xmm0, THREAD_SIMD(%rsi)
    movaps %xmm8, THREAD_SIMD + 16(%rsi)
    leaq cpu(%rip), %rdi
    movq cpu + CPU_KERNEL_STACK(%rip), %rsp
    movl %r13d, %edx
    movq %r14, %rcx
    movq %cr2, %r8
    xorl %ebp, %ebp
    cld
    call kernel_trap
trap_handler_end:
    jmp resume_thread

# void first_entry(cpu): the end of start-up.
    .globl first_entry
first_entry:
    movq CPU_KERNEL_STACK(%rdi), %rsp
    xorl %ebp, %ebp
    call kernel_leave
    jmp resume_thread

# An interrupt of a line: R15 is where it belongs already, and holds the vector.
    .globl line, line_as_trap
line:
    testb $3, 16(%rsp)
    jz line_as_trap
    pushq %r14
    pushq %r13
    push_from_r12
    movq %rsp, %rsi
    movaps %xmm0, THREAD_SIMD(%rsi)
    movaps %xmm8, THREAD_SIMD + 16(%rsi)
    rdtsc
    shlq $32, %rdx
    leaq (%rdx, %rax), %rcx
    leaq cpu(%rip), %rdi
    movq cpu + CPU_KERNEL_STACK(%rip), %rsp
    movl %r15d, %edx
    xorl %ebp, %ebp
    cld
    call kernel_line
line_handler_end:

# RAX: the thread to resume, already switched to.
    .globl resume_thread
resume_thread:
    movaps THREAD_SIMD(%rax), %xmm0
    movaps THREAD_SIMD + 16(%rax), %xmm8
    movq %rax, %rsp
    pop_all
    iretq

# RAX: the current thread, whose frame holds what is restored here.
resume_short:
    movaps THREAD_SIMD(%rax), %xmm0
    movaps THREAD_SIMD + 16(%rax), %xmm8
    movq %rax, %rsp
    load_arguments
    movq VCPU_RAX(%rsp), %rax
    movq VCPU_RCX(%rsp), %rcx
    movq VCPU_R11(%rsp), %r11
    addq $FRAME_RIP, %rsp
    iretq

# From ring 0, or isolated: like other interrupts.
line_as_trap:
    xchgq %r15, (%rsp)
    pushq (%rsp)
    jmp trap

# A trap in ring 0: an interrupt of the idle halt, or the kernel's own failure.
    .globl trap, trap_from_kernel, trap_from_kernel_rest
trap_from_kernel:
    pushq %r15
    pushq %r14
    pushq %r13
trap_from_kernel_rest:
    push_from_r12
    movq %rsp, %rsi
    leaq cpu(%rip), %rdi
    movl 120(%rsp), %edx
    movq 128(%rsp), %rcx
    movq %cr2, %r8
    movq %rsp, %rbp
    andq $-16, %rsp
    cld
    call kernel_trap_in_kernel
    movq %rbp, %rsp
    pop_all
    addq $16, %rsp
    iretq

# The debug exception has a stack of its own, because MOV SS can delay one until SYSCALL's first instruction, and SYSENTER leaves TF set.
# The kernel drops those. One from ring 3 is moved to the thread's frame and takes the common way.
debug_trap:
    testb $3, 24(%rsp)
    jz 1f
    .globl move_frame, move_frame_root, move_frame_rest
move_frame:
    pushq %rax
move_frame_root:
    movq cpu + CPU_FRAME_TOP(%rip), %rax
move_frame_rest:
    popq -64(%rax)                      # RAX, for a moment in R13's place
    popq -56(%rax)                      # vector
    popq -48(%rax)                      # error code
    popq -40(%rax)                      # RIP
    popq -32(%rax)
    popq -24(%rax)
    popq -16(%rax)
    popq -8(%rax)
    leaq -64(%rax), %rsp
    popq %rax
    jmp trap_from_user
1:  cmpl $(trap_stubs + 16 - HIGH_HALF), 16(%rsp)
    je lost_frame
    movq %rax, (%rsp)
    movl $DR6_RESET, %eax
    movq %rax, %dr6
    popq %rax
    addq $8, %rsp
    iretq

# QEMU's emulation raises a second one at the first instruction of the stub when a single step meets a watched address, and that has
# overwritten where the first came from: for the thread this is a double fault at address 0.
lost_frame:
    movq $8, (%rsp)
    movq $0, 16(%rsp)
    movq $USER_CODE, 24(%rsp)
    movq $FLAGS_FIXED, 32(%rsp)
    movq $0, 40(%rsp)
    movq $USER_DATA, 48(%rsp)
    jmp move_frame

# Nothing in the kernel uses NMIs; they are counted, at any moment, on a stack of their own.
nmi_trap:
    addq $16, %rsp
    incq nmi_count(%rip)
    iretq

# --- SYSCALL -------------------------------------------------------------------------------------------------

    .globl syscall_entry
    .balign 16
syscall_entry:
    movq %rsp, cpu + CPU_SCRATCH(%rip)
    jmp *cpu + CPU_SYSCALL_TARGET(%rip)

# A domain's thread makes a kernel call.
    .globl domain_syscall
domain_syscall:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    pushq $USER_DATA
    pushq cpu + CPU_SCRATCH(%rip)
    pushq %r11
    pushq $USER_CODE
    pushq %rcx
    leaq kernel_call(%rip), %rcx
domain_handler_end:
save_and_call:
    push_all
    movq %rsp, %rsi
    movaps %xmm0, THREAD_SIMD(%rsi)
    movaps %xmm8, THREAD_SIMD + 16(%rsi)
    leaq cpu(%rip), %rdi
    movq cpu + CPU_KERNEL_STACK(%rip), %rsp
    rdtsc
    shlq $32, %rdx
    orq %rax, %rdx
    xorl %ebp, %ebp
    cld
    call *%rcx
    jmp resume_thread

# SYSENTER keeps neither RIP nor RSP and clears IF alone: NT would make IRET fault, AC and TF would last.
    .globl sysenter_entry, sysenter_rest
sysenter_entry:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
sysenter_rest:
    pushq $USER_DATA
    pushq $0
    pushfq
    orl $FLAGS_FIXED, (%rsp)
    pushq $2
    popfq
    pushq $USER_CODE32
    pushq $0
    jmp trap_stubs + 16 * SYSENTER_VECTOR

# SYSCALL of 32-bit code.
    .globl compat_syscall_entry, compat_syscall_rest
compat_syscall_entry:
    movq %rsp, cpu + CPU_SCRATCH(%rip)
compat_syscall_rest:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    pushq $USER_DATA
    pushq cpu + CPU_SCRATCH(%rip)
    pushq %r11
    pushq $USER_CODE32
    pushq %rcx
    jmp trap_stubs + 16 * COMPAT_SYSCALL_VECTOR

# Guest user: to the ROM, in the guest kernel root. A virtual-ring switch.
    .globl guest_user_syscall
    .balign 16
guest_user_syscall:
    movq cpu + CPU_VCPU_PAGE(%rip), %rsp
    movq %rcx, VCPU_ENTRY_RIP(%rsp)
    movq %r11, VCPU_ENTRY_RFLAGS(%rsp)
    movq cpu + CPU_SCRATCH(%rip), %rcx
    movq %rcx, VCPU_ENTRY_RSP(%rsp)
    movq cpu + CPU_GUEST_KERNEL_ROOT(%rip), %rcx
    .globl ring_switch_to_kernel
ring_switch_to_kernel:
    movq %rcx, %cr3
    leaq guest_kernel_syscall(%rip), %rcx
    movq %rcx, cpu + CPU_SYSCALL_TARGET(%rip)
    incq cpu + CPU_SYSTEM_CALLS(%rip)
    swapgs
    movl $FLAGS_FIXED, %r11d
    movq cpu + CPU_ROM_SYSCALL(%rip), %rcx
    movq cpu + CPU_SCRATCH(%rip), %rsp
    sysretq

# Guest kernel: a return address in ROM text means a kernel call, any other a hypercall, which is the ROM's.
    .globl guest_kernel_syscall
    .balign 16
guest_kernel_syscall:
    cmpq cpu + CPU_ROM_TEXT_END(%rip), %rcx
    jae 1f
    cmpq cpu + CPU_ROM_TEXT_START(%rip), %rcx
    jae rom_call
1:  incq cpu + CPU_HYPERCALLS(%rip)
    movq cpu + CPU_VCPU_PAGE(%rip), %rsp
    movq %rcx, VCPU_ENTRY_RIP(%rsp)
    movq cpu + CPU_ROM_HYPERCALL(%rip), %rcx
    andl $~FLAGS_TF_RF, %r11d           # a guest that single-steps must not step the ROM, which reads the entry's RIP
    .globl hypercall_return
hypercall_return:
    movq cpu + CPU_SCRATCH(%rip), %rsp
    sysretq

# A kernel call of the ROM. A return to guest user is handled here, after waiting notes are taken, if it goes to the user half with flat
# selectors, or with those that the guest's descriptors make equal to them. It uses SYSRET if RCX and R11 hold what SYSRET would load and
# the trap flag is clear.
rom_call:
    testl %eax, %eax
    jnz rom_call_slow
    movq cpu + CPU_NOTE_COUNT(%rip), %rax
    cmpl $0, (%rax)                     # notes are taken before the guest's user goes on
    jne take_notes
return_to_user:
    movq cpu + CPU_VCPU_PAGE(%rip), %rsp
    movq VCPU_RIP(%rsp), %rcx
    movq VCPU_RFLAGS(%rsp), %r11
    movq %rcx, %rax
    shrq $47, %rax
    jnz rom_call_zero
    movl VCPU_CS(%rsp), %eax
    cmpl cpu + CPU_OTHER_USER_CODE(%rip), %eax
    je 1f
    cmpl $USER_CODE, %eax
    jne rom_call_zero
1:  movq cpu + CPU_GUEST_USER_ROOT(%rip), %rax
    testq %rax, %rax
    jz rom_call_zero
    cmpq VCPU_RCX(%rsp), %rcx
    jne return_by_iret
    cmpq VCPU_R11(%rsp), %r11
    jne return_by_iret
    testl $FLAGS_TF_RF, %r11d
    jnz return_by_iret
    .globl ring_switch_to_user, return_by_iret, rom_call_zero
ring_switch_to_user:
    movq %rax, %cr3
    leaq guest_user_syscall(%rip), %rax
    movq %rax, cpu + CPU_SYSCALL_TARGET(%rip)
    incq cpu + CPU_FAST_RETURNS(%rip)
    swapgs
    andl $FLAGS_USER, %r11d
    orl $FLAGS_FIXED, %r11d
    movq VCPU_RAX(%rsp), %rax
    movq VCPU_RSP(%rsp), %rsp
    sysretq

# The values loaded are those that were tested, although the guest may write the page meanwhile. Any RSP is harmless.
return_by_iret:
    movl VCPU_SS(%rsp), %eax
    cmpl $USER_DATA, %eax
    je 1f
    cmpl cpu + CPU_OTHER_USER_DATA(%rip), %eax
    jne rom_call_zero
1:  movq %rsp, %rax
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    andl $FLAGS_CHOICE, %r11d
    orl $FLAGS_FIXED, %r11d
    pushq $USER_DATA
    pushq VCPU_RSP(%rax)
    pushq %r11
    pushq $USER_CODE
    pushq %rcx
    movq cpu + CPU_GUEST_USER_ROOT(%rip), %rcx
    movq %rcx, %cr3
    leaq guest_user_syscall(%rip), %rcx
    movq %rcx, cpu + CPU_SYSCALL_TARGET(%rip)
    incq cpu + CPU_IRET_RETURNS(%rip)
    swapgs
    movq VCPU_RCX(%rax), %rcx
    movq VCPU_R11(%rax), %r11
    movq VCPU_RAX(%rax), %rax
    iretq

take_notes:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    subq $FRAME_SIZE, %rsp
    store_arguments
    movq %rsp, %rsi
    leaq kernel_take_notes(%rip), %rax
notes_handler_end:
    call_short
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    subq $FRAME_SIZE, %rsp
    movaps THREAD_SIMD(%rsp), %xmm0
    movaps THREAD_SIMD + 16(%rsp), %xmm8
    load_arguments
    testl %eax, %eax
    jz return_to_user
rom_call_zero:                          # the long way handles it or reports the error
    xorl %eax, %eax
    jmp rom_call_long
rom_call_slow:
    cmpl $VMCALL_LOAD_ROOT, %eax
    je rom_call_root
    cmpl $VMCALL_READ_USER_GS_BASE, %eax
    je rom_call_base
rom_call_long:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    pushq $USER_DATA
    pushq cpu + CPU_SCRATCH(%rip)
    pushq %r11
    pushq $USER_CODE
    pushq %rcx
    leaq kernel_vm_call(%rip), %rcx
vm_handler_end:
    jmp save_and_call

# A load of known roots returns to its caller, in the guest kernel root that is loaded by then.
rom_call_root:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    subq $FRAME_SIZE, %rsp
    movq %rcx, VCPU_RCX(%rsp)
    movq %r11, VCPU_R11(%rsp)
    store_arguments
    movq %rsp, %rsi
    leaq kernel_load_root(%rip), %rax
root_handler_end:
    call_short
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    subq $FRAME_SIZE, %rsp
    movaps THREAD_SIMD(%rsp), %xmm0
    movaps THREAD_SIMD + 16(%rsp), %xmm8
    load_arguments
    movq VCPU_RCX(%rsp), %rcx
    movq VCPU_R11(%rsp), %r11
    testl %eax, %eax
    jz hypercall_return
    movl $VMCALL_LOAD_ROOT, %eax
    jmp rom_call_long

# Linux reads the GS base that guest user left at each switch of its processes. It is in the register that SWAPGS exchanges.
rom_call_base:
    swapgs
    rdgsbase %rax
    swapgs
    jmp hypercall_return

# --- For measuring: nothing comes here unless EntryPatches has led it here at start-up ------------------------

.set MOST_HANDICAP, 1000

    .globl trap_sled_end, fault_sled_end, syscall_sled_end
    .rept MOST_HANDICAP
    nop
    .endr
trap_sled_end:
    testb $3, 24(%rsp)
    jnz trap_from_user
    jmp trap_from_kernel

    .rept MOST_HANDICAP
    nop
    .endr
fault_sled_end:
    testb $3, 24(%rsp)
    jnz page_fault_from_user
    jmp trap_from_kernel

    .rept MOST_HANDICAP
    nop
    .endr
syscall_sled_end:
    movq %rsp, cpu + CPU_SCRATCH(%rip)
    jmp *cpu + CPU_SYSCALL_TARGET(%rip)

# Instructions that end with the distance to a handler, and the handler that takes the time as well.
    .section .rodata
    .globl timed_handlers
    .balign 8
timed_handlers:
    .quad trap_handler_end, timed_trap
    .quad domain_handler_end, timed_call
    .quad vm_handler_end, timed_vm_call
    .quad fault_handler_end, timed_page_fault
    .quad notes_handler_end, timed_take_notes
    .quad root_handler_end, timed_load_root
    .quad line_handler_end, timed_line

    .section .note.GNU-stack, "", @progbits
