# Every way into the kernel and every way out of it.
#
# An entry from ring 3 stores the registers straight into the current thread (its RegisterFrame comes first): TSS.RSP0 and CPU_FRAME_TOP
# point to the end of that frame. The handler then runs on the processor's one kernel stack with interrupts off, and returns the thread to
# resume. Ring 0 does not use GS: "cpu" is reached by its address, and a further processor gets a copy of this text with its own. Where user
# roots do not hold the kernel, isolation.S takes the places of some pieces.

#include "Arch/X64/kit.inc"
#include "Arch/X64/walk.inc"

.set HIGH_HALF, HOLE_KERNEL_DEVICES     # upper half of every address in the image

    .section .entry.text, "ax", @progbits

# --- Exceptions and interrupts -------------------------------------------------------------------------------

# 256 stubs of 16 bytes. Vectors 8, 10-14, 17, 21, 29 and 30 come with an error code (Intel SDM vol. 3, 6.13).
    .balign 16
    global trap_stubs
    .set vector, 0
    .rept 256
    .balign 16
    .if vector >= VECTOR_FIRST_LINE && vector < VECTOR_FIRST_LINE + VECTOR_LINES
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
    global page_fault
    jump_if_from_kernel trap_from_kernel
page_fault_from_user:
    store_registers -FRAME_VECTOR(%rsp), RAX, RCX, R11
    cmpl $(guest_user_syscall - HIGH_HALF), CPU(SYSCALL_TARGET)
    jne page_fault_in_cache

# A page fault of guest user is the guest's own if the guest's tables name no page, or one that must not be written. This walks them as
# CacheFill.Walk does, as long as their entries have the usual flags and lead to frames of the guest. C# handles everything else.
    movq %cr2, %rcx
    walk_user_tables page_fault_in_cache
    judge_user_fault page_fault_in_cache
    movq CPU(DESCRIPTOR_OWNER), %rax
    movq %rcx, VIRTUAL_FAULT_ADDRESS(%rax)
    movq CPU(VCPU_PAGE), %rax
    .irp field, VECTOR, ERROR_CODE, ENTRY_RIP, ENTRY_CS, ENTRY_RFLAGS, ENTRY_RSP, ENTRY_SS
    popq VCPU_\field(%rax)
    .endr
    movq %rcx, VCPU_FAULT_ADDRESS(%rax)
    movq $1, VCPU_ENTRY_USER_MODE(%rax)
    movq CPU(GUEST_KERNEL_ROOT), %rcx
    global fault_switch_to_kernel
    switch_ring guest_kernel_syscall, USER_FAULTS, %rcx
    push_iret_frame $SELECTOR_USER_DATA, VCPU_ENTRY_RSP(%rax), $RESUME_FLAGS_FIXED, $SELECTOR_USER_CODE, CPU(ROM_EXCEPTION)
    load_registers -FRAME_RIP(%rsp), RAX, RCX, R11
    iretq

page_fault_in_cache:
    subq $FRAME_VECTOR, %rsp
    store_arguments
    movq FRAME_ERROR(%rsp), %rdx
    movq %cr2, %rcx
    call_short kernel_page_fault, fault_handler_end
    testq %rax, %rax
    jnz resume_short
    point_to_frame                      # a domain's thread
    load_registers 0(%rsp), RAX, RCX, R11
    load_arguments
    addq $FRAME_VECTOR, %rsp
    jmp trap_from_user

    global trap
    jump_if_from_kernel trap_from_kernel
# Here the vector lies in the frame's place for R14 and the error code in that for R15.
trap_from_user:
    pushq %r13
    movq FRAME_VECTOR - FRAME_R13(%rsp), %r13
    movq %r14, FRAME_R14 - FRAME_R13(%rsp)
    movq FRAME_ERROR - FRAME_R13(%rsp), %r14
    movq %r15, FRAME_R15 - FRAME_R13(%rsp)
    push_from_r12
    enter_stack
    movl %r13d, %edx
    movq %r14, %rcx
    movq %cr2, %r8
    call_long kernel_trap
trap_handler_end:
    jmp resume_thread

# void first_entry(cpu): the end of start-up.
    global first_entry
    movq CPU_KERNEL_STACK(%rdi), %rsp
    xorl %ebp, %ebp
    call kernel_leave
    jmp resume_thread

# An interrupt of a line: R15 is where it belongs already, and holds the vector.
    global line
    jump_if_from_kernel line_as_trap, top=FRAME_ERROR
    push_registers R14, R13
    push_from_r12
    enter_stack
    rdtsc
    shlq $32, %rdx
    leaq (%rdx, %rax), %rcx
    movl %r15d, %edx
    call_long kernel_line
line_handler_end:

# RAX: the thread to resume, already switched to.
    global resume_thread
    load_simd %rax
    movq %rax, %rsp
    popq %rax
    pop_after_rax
    iretq

# RAX: the current thread, whose frame holds what is restored here.
    global resume_short
    load_simd %rax
    movq %rax, %rsp
    load_arguments
    load_registers 0(%rsp), RAX, RCX, R11
    addq $FRAME_RIP, %rsp
    iretq

# From ring 0, or isolated: like other interrupts.
    global line_as_trap
    xchgq %r15, (%rsp)
    pushq (%rsp)
    jmp trap

# A trap in ring 0: an interrupt of the idle halt, or the kernel's own failure.
    global trap_from_kernel
    push_registers R15, R14, R13
    global trap_from_kernel_rest
    push_from_r12
    movq %rsp, %rsi
    leaq cpu(%rip), %rdi
    movl FRAME_RIP(%rsp), %edx          # vector and error code, above all registers
    movq FRAME_CS(%rsp), %rcx
    movq %cr2, %r8
    movq %rsp, %rbp
    andq $-16, %rsp
    cld
    call kernel_trap_in_kernel
    movq %rbp, %rsp
    popq %rax
    pop_after_rax
    addq $16, %rsp
    iretq

# The debug exception has a stack of its own, because MOV SS can delay one until SYSCALL's first instruction, and SYSENTER leaves TF set.
# The kernel drops those. One from ring 3 is moved to the thread's frame and takes the common way.
debug_trap:
    jump_if_from_kernel 1f
    global move_frame
    pushq %rax
    global move_frame_root
    movq CPU(FRAME_TOP), %rax
    global move_frame_rest
    .irp field, R13, VECTOR, ERROR, RIP, CS, RFLAGS, RSP, SS # RAX is for a moment in R13's place
    popq FRAME_\field - FRAME_SIZE(%rax)
    .endr
    leaq FRAME_R13 - FRAME_SIZE(%rax), %rsp
    popq %rax
    jmp trap_from_user
1:  cmpl $(trap_stubs + 16 - HIGH_HALF), FRAME_RIP - FRAME_VECTOR(%rsp)
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
    movq $VECTOR_DOUBLE_FAULT, (%rsp)
    movq $0, FRAME_RIP - FRAME_VECTOR(%rsp)
    movq $SELECTOR_USER_CODE, FRAME_CS - FRAME_VECTOR(%rsp)
    movq $RESUME_FLAGS_FIXED, FRAME_RFLAGS - FRAME_VECTOR(%rsp)
    movq $0, FRAME_RSP - FRAME_VECTOR(%rsp)
    movq $SELECTOR_USER_DATA, FRAME_SS - FRAME_VECTOR(%rsp)
    jmp move_frame

# Nothing in the kernel uses NMIs; they are counted, at any moment, on a stack of their own.
nmi_trap:
    addq $16, %rsp
    incq nmi_count(%rip)
    iretq

# --- SYSCALL -------------------------------------------------------------------------------------------------

    .balign 16
    global syscall_entry
    movq %rsp, CPU(SCRATCH)
    jmp *CPU(SYSCALL_TARGET)

# A domain's thread makes a kernel call.
    global domain_syscall
    push_syscall_frame SELECTOR_USER_CODE
    leaq kernel_call(%rip), %rcx
domain_handler_end:
save_and_call:
    push_registers R15, R14, R13
    push_from_r12
    enter_stack
    rdtsc
    shlq $32, %rdx
    orq %rax, %rdx
    call_long *%rcx
    jmp resume_thread

# SYSENTER keeps neither RIP nor RSP and clears IF alone: NT would make IRET fault, AC and TF would last.
    global sysenter_entry
    movq CPU(FRAME_TOP), %rsp
    global sysenter_rest
    pushq $SELECTOR_USER_DATA
    pushq $0
    pushfq
    orl $RESUME_FLAGS_FIXED, (%rsp)
    pushq $2
    popfq
    pushq $SELECTOR_USER_CODE32
    pushq $0
    jmp trap_stubs + 16 * ENTRY_VECTOR_SYSENTER

# SYSCALL of 32-bit code.
    global compat_syscall_entry
    movq %rsp, CPU(SCRATCH)
    global compat_syscall_rest
    push_syscall_frame SELECTOR_USER_CODE32
    jmp trap_stubs + 16 * ENTRY_VECTOR_COMPAT_SYSCALL

# Guest user: to the ROM, in the guest kernel root. A virtual-ring switch.
    .balign 16
    global guest_user_syscall
    movq CPU(VCPU_PAGE), %rsp
    movq %rcx, VCPU_ENTRY_RIP(%rsp)
    movq %r11, VCPU_ENTRY_RFLAGS(%rsp)
    movq CPU(SCRATCH), %rcx
    movq %rcx, VCPU_ENTRY_RSP(%rsp)
    movq CPU(GUEST_KERNEL_ROOT), %rcx
    global ring_switch_to_kernel
    switch_ring guest_kernel_syscall, SYSTEM_CALLS, %rcx
    movl $RESUME_FLAGS_FIXED, %r11d
    movq CPU(ROM_SYSCALL), %rcx
    movq CPU(SCRATCH), %rsp
    sysretq

# Guest kernel: a return address in ROM text means a kernel call, any other a hypercall, which is the ROM's.
    .balign 16
    global guest_kernel_syscall
    cmpq CPU(ROM_TEXT_END), %rcx
    jae 1f
    cmpq CPU(ROM_TEXT_START), %rcx
    jae rom_call
1:  incq CPU(HYPERCALLS)
    movq CPU(VCPU_PAGE), %rsp
    movq %rcx, VCPU_ENTRY_RIP(%rsp)
    movq CPU(ROM_HYPERCALL), %rcx
    andl $~FLAGS_TF_RF, %r11d           # a guest that single-steps must not step the ROM, which reads the entry's RIP
    global hypercall_return
    movq CPU(SCRATCH), %rsp
    sysretq

# A kernel call of the ROM. A return to guest user is handled here, after waiting notes are taken, if it goes to the user half with flat
# selectors, or with those that the guest's descriptors make equal to them. It uses SYSRET if RCX and R11 hold what SYSRET would load and
# the trap flag is clear.
rom_call:
    testl %eax, %eax
    jnz rom_call_slow
    movq CPU(NOTE_COUNT), %rax
    cmpl $0, (%rax)                     # notes are taken before the guest's user goes on
    jne take_notes
return_to_user:
    movq CPU(VCPU_PAGE), %rsp
    movq VCPU_RIP(%rsp), %rcx
    movq VCPU_RFLAGS(%rsp), %r11
    movq %rcx, %rax
    shrq $47, %rax
    jnz rom_call_zero
    movl VCPU_CS(%rsp), %eax
    cmpl CPU(OTHER_USER_CODE), %eax
    je 1f
    cmpl $SELECTOR_USER_CODE, %eax
    jne rom_call_zero
1:  movq CPU(GUEST_USER_ROOT), %rax
    testq %rax, %rax
    jz rom_call_zero
    cmpq VCPU_RCX(%rsp), %rcx
    jne return_by_iret
    cmpq VCPU_R11(%rsp), %r11
    jne return_by_iret
    testl $FLAGS_TF_RF, %r11d
    jnz return_by_iret
    global ring_switch_to_user
    switch_ring guest_user_syscall, FAST_RETURNS, %rax
    andl $FLAGS_USER, %r11d
    orl $RESUME_FLAGS_FIXED, %r11d
    movq VCPU_RAX(%rsp), %rax
    movq VCPU_RSP(%rsp), %rsp
    sysretq

# The values loaded are those that were tested, although the guest may write the page meanwhile. Any RSP is harmless.
    global return_by_iret
    movl VCPU_SS(%rsp), %eax
    cmpl $SELECTOR_USER_DATA, %eax
    je 1f
    cmpl CPU(OTHER_USER_DATA), %eax
    jne rom_call_zero
1:  movq %rsp, %rax
    movq CPU(FRAME_TOP), %rsp
    andl $RESUME_FLAGS_CHOICE, %r11d
    orl $RESUME_FLAGS_FIXED, %r11d
    push_iret_frame $SELECTOR_USER_DATA, VCPU_RSP(%rax), %r11, $SELECTOR_USER_CODE, %rcx
    movq CPU(GUEST_USER_ROOT), %rcx
    switch_ring guest_user_syscall, IRET_RETURNS, %rcx
    load_registers VCPU_REGISTERS(%rax), RCX, R11, RAX
    iretq

take_notes:
    point_to_frame
    store_arguments
    call_short kernel_take_notes, notes_handler_end
    leave_short
    testl %eax, %eax
    jz return_to_user
    global rom_call_zero                # the long way handles it or reports the error
    xorl %eax, %eax
    jmp rom_call_long
rom_call_slow:
    cmpl $VMCALL_LOAD_ROOT, %eax
    je rom_call_root
    cmpl $VMCALL_READ_USER_GS_BASE, %eax
    je rom_call_base
rom_call_long:
    push_syscall_frame SELECTOR_USER_CODE
    leaq kernel_vm_call(%rip), %rcx
vm_handler_end:
    jmp save_and_call

# A load of known roots returns to its caller, in the guest kernel root that is loaded by then.
rom_call_root:
    point_to_frame
    store_registers 0(%rsp), RCX, R11
    store_arguments
    call_short kernel_load_root, root_handler_end
    leave_short
    load_registers 0(%rsp), RCX, R11
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

.macro sled end
    .fill ENTRY_PATCHES_MOST_HANDICAP, 1, 0x90        # NOP
    global \end
.endm

    sled trap_sled_end
    testb $3, FRAME_CS - FRAME_VECTOR(%rsp)
    jnz trap_from_user
    jmp trap_from_kernel

    sled fault_sled_end
    testb $3, FRAME_CS - FRAME_VECTOR(%rsp)
    jnz page_fault_from_user
    jmp trap_from_kernel

    sled syscall_sled_end
    movq %rsp, CPU(SCRATCH)
    jmp *CPU(SYSCALL_TARGET)

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
