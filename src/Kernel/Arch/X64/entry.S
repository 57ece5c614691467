# Every way into the kernel and every way out of it.
#
# An entry from ring 3 stores the registers straight into the current thread (its RegisterFrame comes first):
# TSS.RSP0 and CPU_FRAME_TOP point behind that frame. The handler then runs on the processor's one kernel stack
# with interrupts off, and returns the thread to resume. Ring 0 does not use GS: "cpu" is reached by its address,
# and a further processor gets a copy of this text with its own. Where user roots do not hold the kernel, isolation.S takes
# the places of some pieces.

    .include "Arch/X64/cpu.inc"
    .include "vcpu.inc"
    .include "Arch/X64/frame.inc"

.set USER_CODE, 0xe033
.set USER_DATA, 0xe02b
.set USER_CODE32, 0xe023
.set SYSENTER_VECTOR, 0x81              # EntryVector
.set COMPAT_SYSCALL_VECTOR, 0x82
.set FIRST_LINE, 0x30                   # Vector.FirstLine, IoApic.Lines
.set LINES, 24
.set LINUX_USER_CODE, 0x33              # __USER_CS of a Linux guest: the same flat descriptor
.set FLAGS_TF_RF, 0x10100
.set DR6_RESET, 0xffff0ff0
.set HIGH_HALF, 0xffff87ff00000000      # upper half of every address in the image

# RSI: the thread, RAX: what to call.
.macro call_short
    movaps %xmm0, THREAD_XMM0(%rsi)
    movaps %xmm8, THREAD_XMM8(%rsi)
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

# A page fault in a virtual CPU, its return to guest user (rom_call_zero) and its load of roots come most often. Their C# never
# switches threads: what the calling convention preserves stays where it is, and the thread's frame takes the rest.
    .globl page_fault, resume_short
page_fault:
    testb $3, 24(%rsp)
    jz trap_from_kernel
page_fault_from_user:
    subq $FRAME_VECTOR, %rsp
    movq %rax, VCPU_RAX(%rsp)
    movq %rcx, VCPU_RCX(%rsp)
    movq %r11, VCPU_R11(%rsp)
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
    movaps %xmm0, THREAD_XMM0(%rsi)
    movaps %xmm8, THREAD_XMM8(%rsi)
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
    movaps %xmm0, THREAD_XMM0(%rsi)
    movaps %xmm8, THREAD_XMM8(%rsi)
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
    movaps THREAD_XMM0(%rax), %xmm0
    movaps THREAD_XMM8(%rax), %xmm8
    movq %rax, %rsp
    pop_all
    iretq

# RAX: the current thread, whose frame holds what is restored here.
resume_short:
    movaps THREAD_XMM0(%rax), %xmm0
    movaps THREAD_XMM8(%rax), %xmm8
    movq %rax, %rsp
    load_arguments
    movq VCPU_RAX(%rsp), %rax
    movq VCPU_RCX(%rsp), %rcx
    movq VCPU_R11(%rsp), %r11
    addq $FRAME_RIP, %rsp
    iretq

# From ring 0, or isolated: as other interrupts come.
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

# The debug exception has a stack of its own, since MOV SS can delay one until SYSCALL's first instruction, and SYSENTER leaves
# TF set: those are dropped. One from ring 3 is moved to the thread's frame and goes the common way.
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
    movaps %xmm0, THREAD_XMM0(%rsi)
    movaps %xmm8, THREAD_XMM8(%rsi)
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

# The ROM calls. Return to guest user is answered here when SYSRET can do it: RCX and R11 are what it would load,
# the address is below the user limit (a non-canonical RCX would fault in ring 0 on some processors), no trap flag, no note waits.
rom_call:
    testl %eax, %eax
    jnz rom_call_slow
    movq cpu + CPU_VCPU_PAGE(%rip), %rsp
    movq VCPU_RIP(%rsp), %rcx
    movq VCPU_RFLAGS(%rsp), %r11
    cmpq VCPU_RCX(%rsp), %rcx
    jne rom_call_zero
    cmpq VCPU_R11(%rsp), %r11
    jne rom_call_zero
    movq %rcx, %rax
    shrq $47, %rax
    jnz rom_call_zero
    testl $FLAGS_TF_RF, %r11d
    jnz rom_call_zero
    movl VCPU_CS(%rsp), %eax
    cmpl $LINUX_USER_CODE, %eax
    je 1f
    cmpl $USER_CODE, %eax
    jne rom_call_zero
1:  movq cpu + CPU_NOTE_COUNT(%rip), %rax
    cmpl $0, (%rax)                     # notes are taken before the guest's user goes on
    jne rom_call_zero
    movq cpu + CPU_GUEST_USER_ROOT(%rip), %rax
    testq %rax, %rax
    jz rom_call_zero
    .globl ring_switch_to_user
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

rom_call_zero:
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    subq $FRAME_SIZE, %rsp
    store_arguments
    movq %rsp, %rsi
    leaq kernel_return_to_user(%rip), %rax
return_handler_end:
    call_short
    testq %rax, %rax
    jnz resume_short
    movq cpu + CPU_FRAME_TOP(%rip), %rsp    # it has no user root: the long way tells
    subq $FRAME_SIZE, %rsp
    load_arguments
    xorl %eax, %eax
rom_call_slow:
    cmpl $VMCALL_LOAD_ROOT, %eax
    je rom_call_root
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

# A load of roots that are known goes back where it came from, in the guest kernel root that is loaded by then.
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
    movaps THREAD_XMM0(%rsp), %xmm0
    movaps THREAD_XMM8(%rsp), %xmm8
    load_arguments
    movq VCPU_RCX(%rsp), %rcx
    movq VCPU_R11(%rsp), %r11
    testl %eax, %eax
    jz hypercall_return
    movl $VMCALL_LOAD_ROOT, %eax
    jmp rom_call_long

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

# --- Small things that C# cannot say -------------------------------------------------------------------------

# void cpu_idle(): wait for an interrupt, which is handled on this stack, with interrupts off before and after.
    .globl cpu_idle
    .type cpu_idle, @function
cpu_idle:
    .cfi_startproc
    sti
    hlt
    cli
    ret
    .cfi_endproc

# void cpu_take_interrupts(): those that wait, on this stack; interrupts are off before and after.
    .globl cpu_take_interrupts
    .type cpu_take_interrupts, @function
cpu_take_interrupts:
    .cfi_startproc
    sti
    nop                                 # STI holds interrupts off for one instruction more
    cli
    ret
    .cfi_endproc

    .globl cpu_lgdt, cpu_lidt, cpu_ltr, cpu_lldt
    .type cpu_lgdt, @function
cpu_lgdt:
    .cfi_startproc
    lgdt (%rdi)
    ret
    .cfi_endproc
    .type cpu_lidt, @function
cpu_lidt:
    .cfi_startproc
    lidt (%rdi)
    ret
    .cfi_endproc
    .type cpu_ltr, @function
cpu_ltr:
    .cfi_startproc
    ltr %di
    ret
    .cfi_endproc
    .type cpu_lldt, @function
cpu_lldt:
    .cfi_startproc
    lldt %di
    ret
    .cfi_endproc

# void cpu_reload_segments(code, data): far return into the new code segment.
    .globl cpu_reload_segments
    .type cpu_reload_segments, @function
cpu_reload_segments:
    .cfi_startproc
    movl %esi, %ss
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    popq %rax
    pushq %rdi
    pushq %rax
    lretq
    .cfi_endproc

# void cpu_load_debug(const ulong addresses[4], ulong control)
    .globl cpu_load_debug, cpu_write_dr7, cpu_take_dr6
    .type cpu_load_debug, @function
cpu_load_debug:
    .cfi_startproc
    .irp n, 0, 1, 2, 3
    movq 8 * \n(%rdi), %rax
    movq %rax, %dr\n
    .endr
    movq %rsi, %dr7
    ret
    .cfi_endproc
    .type cpu_write_dr7, @function
cpu_write_dr7:
    .cfi_startproc
    movq %rdi, %dr7
    ret
    .cfi_endproc
    .type cpu_take_dr6, @function
cpu_take_dr6:
    .cfi_startproc
    movq %dr6, %rax
    movl $DR6_RESET, %ecx
    movq %rcx, %dr6
    ret
    .cfi_endproc

    .globl cpu_load_root, cpu_read_root
    .type cpu_load_root, @function
cpu_load_root:
    .cfi_startproc
    movq %rdi, %cr3
    ret
    .cfi_endproc
    .type cpu_read_root, @function
cpu_read_root:
    .cfi_startproc
    movq %cr3, %rax
    ret
    .cfi_endproc

    .globl cpu_invlpg
    .type cpu_invlpg, @function
cpu_invlpg:
    .cfi_startproc
    invlpg (%rdi)
    ret
    .cfi_endproc

    .globl cpu_rdtsc
    .type cpu_rdtsc, @function
cpu_rdtsc:
    .cfi_startproc
    rdtsc
    shlq $32, %rdx
    orq %rdx, %rax
    ret
    .cfi_endproc

    .globl cpu_rdmsr, cpu_wrmsr
    .type cpu_rdmsr, @function
cpu_rdmsr:
    .cfi_startproc
    movl %edi, %ecx
    rdmsr
    shlq $32, %rdx
    orq %rdx, %rax
    ret
    .cfi_endproc
    .type cpu_wrmsr, @function
cpu_wrmsr:
    .cfi_startproc
    movl %edi, %ecx
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
    wrmsr
    ret
    .cfi_endproc

# void cpu_cpuid(leaf, subleaf, uint* result)
    .globl cpu_cpuid
    .type cpu_cpuid, @function
cpu_cpuid:
    .cfi_startproc
    pushq %rbx
    movq %rdx, %r8
    movl %edi, %eax
    movl %esi, %ecx
    cpuid
    movl %eax, (%r8)
    movl %ebx, 4(%r8)
    movl %ecx, 8(%r8)
    movl %edx, 12(%r8)
    popq %rbx
    ret
    .cfi_endproc

    .globl cpu_read_cr4, cpu_write_cr4, cpu_read_cr0, cpu_read_cr2
    .type cpu_read_cr4, @function
cpu_read_cr4:
    .cfi_startproc
    movq %cr4, %rax
    ret
    .cfi_endproc
    .type cpu_write_cr4, @function
cpu_write_cr4:
    .cfi_startproc
    movq %rdi, %cr4
    ret
    .cfi_endproc
    .type cpu_read_cr0, @function
cpu_read_cr0:
    .cfi_startproc
    movq %cr0, %rax
    ret
    .cfi_endproc
    .type cpu_read_cr2, @function
cpu_read_cr2:
    .cfi_startproc
    movq %cr2, %rax
    ret
    .cfi_endproc

    .globl cpu_in8, cpu_out8
    .type cpu_in8, @function
cpu_in8:
    .cfi_startproc
    movl %edi, %edx
    xorl %eax, %eax
    inb %dx, %al
    ret
    .cfi_endproc
    .type cpu_out8, @function
cpu_out8:
    .cfi_startproc
    movl %edi, %edx
    movl %esi, %eax
    outb %al, %dx
    ret
    .cfi_endproc

    .globl cpu_switch_ring, cpu_write_fs_base, cpu_write_gs_base
    .type cpu_switch_ring, @function
cpu_switch_ring:
    .cfi_startproc
    movq %rdi, %cr3
    movq %rsi, cpu + CPU_SYSCALL_TARGET(%rip)
    swapgs
    ret
    .cfi_endproc
    .type cpu_write_fs_base, @function
cpu_write_fs_base:
    .cfi_startproc
    wrfsbase %rdi
    ret
    .cfi_endproc
    .type cpu_write_gs_base, @function
cpu_write_gs_base:
    .cfi_startproc
    wrgsbase %rdi
    ret
    .cfi_endproc

# Data-segment selectors, four of them packed in one word: DS, ES, FS, GS from the lowest 16 bits.
# A guest may have changed the descriptor since ring 3 loaded it: a load that faults is made again with 0 (TrapInKernel).
    .globl cpu_read_selectors, cpu_write_selectors
    .type cpu_read_selectors, @function
cpu_read_selectors:
    .cfi_startproc
    movl %gs, %eax
    shlq $16, %rax
    movl %fs, %ecx
    movw %cx, %ax
    shlq $16, %rax
    movl %es, %ecx
    movw %cx, %ax
    shlq $16, %rax
    movl %ds, %ecx
    movw %cx, %ax
    ret
    .cfi_endproc
    .type cpu_write_selectors, @function
cpu_write_selectors:
    .cfi_startproc
    movw %di, %ds
    shrq $16, %rdi
    movw %di, %es
    shrq $16, %rdi
    movw %di, %fs
    shrq $16, %rdi
    movw %di, %gs
    ret
    .cfi_endproc

# FS and GS base, FPU; the selectors are saved with them and loaded alone, since loading them may change a base and comes before.
.macro save_state from
    rdfsbase %rax
    movq %rax, THREAD_FS_BASE(\from)
    rdgsbase %rax
    movq %rax, THREAD_GS_BASE(\from)
    movw %ds, THREAD_SELECTORS(\from)
    movw %es, THREAD_SELECTORS + 2(\from)
    movw %fs, THREAD_SELECTORS + 4(\from)
    movw %gs, THREAD_SELECTORS + 6(\from)
    movl $-1, %eax
    movl %eax, %edx
    xsave64 THREAD_FPU(\from)
.endm
.macro load_state to
    movq THREAD_FS_BASE(\to), %rax
    wrfsbase %rax
    movq THREAD_GS_BASE(\to), %rax
    wrgsbase %rax
    movl $-1, %eax
    movl %eax, %edx
    xrstor64 THREAD_FPU(\to)
.endm

# void cpu_save_state(Thread*), cpu_load_state(Thread*); Thread* cpu_exchange_state(from, to): both, and the selectors where
# they differ; cpu_exchange_domain(from, to, root): the root as well; cpu_exchange_ring(from, to, root): and then the GS bases.
    .globl cpu_save_state, cpu_load_state, cpu_exchange_state, cpu_exchange_domain, cpu_exchange_ring, cpu_xsetbv
    .type cpu_save_state, @function
cpu_save_state:
    .cfi_startproc
    save_state %rdi
    ret
    .cfi_endproc
    .type cpu_load_state, @function
cpu_load_state:
    .cfi_startproc
    load_state %rdi
    ret
    .cfi_endproc
    .type cpu_exchange_ring, @function
cpu_exchange_ring:
    .cfi_startproc
    call cpu_exchange_domain
    swapgs
    ret
    .cfi_endproc
    .type cpu_exchange_domain, @function
cpu_exchange_domain:
    .cfi_startproc
    movq %rdx, %cr3
    .cfi_endproc
    .type cpu_exchange_state, @function
cpu_exchange_state:
    .cfi_startproc
    save_state %rdi
    movq THREAD_SELECTORS(%rdi), %rcx
    movq THREAD_SELECTORS(%rsi), %rdi
    cmpq %rcx, %rdi
    je 2f
    call cpu_write_selectors
2:  load_state %rsi
    movq %rsi, %rax
    ret
    .cfi_endproc
    .type cpu_xsetbv, @function
cpu_xsetbv:
    .cfi_startproc
    xorl %ecx, %ecx
    movl %edi, %eax
    xorl %edx, %edx
    xsetbv
    ret
    .cfi_endproc

# void cpu_zero(to, bytes): no SIMD register.
    .globl cpu_zero
    .type cpu_zero, @function
cpu_zero:
    .cfi_startproc
    movq %rsi, %rcx
    shrq $3, %rcx
    xorl %eax, %eax
    rep stosq
    ret
    .cfi_endproc

    .globl cpu_here_rip, cpu_here_rsp, cpu_here_rbp
    .type cpu_here_rip, @function
cpu_here_rip:
    .cfi_startproc
    movq (%rsp), %rax
    ret
    .cfi_endproc
    .type cpu_here_rsp, @function
cpu_here_rsp:
    .cfi_startproc
    leaq 8(%rsp), %rax
    ret
    .cfi_endproc
    .type cpu_here_rbp, @function
cpu_here_rbp:
    .cfi_startproc
    movq %rbp, %rax
    ret
    .cfi_endproc

    .globl cpu_halt_forever
    .type cpu_halt_forever, @function
cpu_halt_forever:
    .cfi_startproc
    cli
    hlt
    jmp cpu_halt_forever
    .cfi_endproc

# Where C# finds the pieces of this file and of the linker script.
    .globl address_of_ldt, address_of_sysenter_entry, address_of_compat_syscall_entry, address_of_selector_loads
    .globl address_of_cpu, address_of_trap_stubs, address_of_syscall_entry, address_of_domain_syscall
    .globl address_of_guest_user_syscall, address_of_guest_kernel_syscall, address_of_kernel_root
    .globl address_of_kernel_stack_top, address_of_ist_stacks, address_of_gdt, address_of_idt, address_of_tss
    .globl address_of_image_table, address_of_image_directory, address_of_pdpt_high, address_of_device_directory
    .globl address_of_device_table, address_of_text_end, address_of_rodata_end, address_of_image_end
    .globl address_of_image_start, address_of_symbols_start, address_of_symbols_end, address_of_pdpt_low
    .globl address_of_trap, address_of_trap_sled_end, address_of_page_fault, address_of_fault_sled_end
    .globl address_of_syscall_sled_end, address_of_timed_handlers
    .macro ADDRESS name, symbol
address_of_\name:
    .cfi_startproc
    leaq \symbol(%rip), %rax
    ret
    .cfi_endproc
    .endm
    ADDRESS cpu, cpu
    ADDRESS trap_stubs, trap_stubs
    ADDRESS syscall_entry, syscall_entry
    ADDRESS domain_syscall, domain_syscall
    ADDRESS guest_user_syscall, guest_user_syscall
    ADDRESS guest_kernel_syscall, guest_kernel_syscall
    ADDRESS kernel_root, kernel_root
    ADDRESS kernel_stack_top, kernel_stack_top
    ADDRESS ist_stacks, ist_stacks
    ADDRESS gdt, gdt
    ADDRESS ldt, ldt
    ADDRESS sysenter_entry, sysenter_entry
    ADDRESS compat_syscall_entry, compat_syscall_entry
    ADDRESS selector_loads, cpu_write_selectors
    ADDRESS idt, idt
    ADDRESS tss, tss
    ADDRESS image_table, boot_image_table
    ADDRESS image_directory, boot_image_directory
    ADDRESS pdpt_high, boot_pdpt_high
    ADDRESS pdpt_low, boot_pdpt_low
    ADDRESS device_directory, device_directory
    ADDRESS device_table, device_table
    ADDRESS text_end, __text_end
    ADDRESS rodata_end, __rodata_end
    ADDRESS image_start, __image_start
    ADDRESS image_end, __image_end
    ADDRESS symbols_start, __symbols_start
    ADDRESS symbols_end, __symbols_end
    ADDRESS trap, trap
    ADDRESS trap_sled_end, trap_sled_end
    ADDRESS page_fault, page_fault
    ADDRESS fault_sled_end, fault_sled_end
    ADDRESS syscall_sled_end, syscall_sled_end
    ADDRESS timed_handlers, timed_handlers

# Instructions that end with the distance to a handler, and the handler that takes the time as well.
    .section .rodata
    .balign 8
timed_handlers:
    .quad trap_handler_end, timed_trap
    .quad domain_handler_end, timed_call
    .quad vm_handler_end, timed_vm_call
    .quad fault_handler_end, timed_page_fault
    .quad return_handler_end, timed_return_to_user
    .quad root_handler_end, timed_load_root
    .quad line_handler_end, timed_line

    .section .bss
    .align 4096
    .globl cpu, gdt, ldt, idt, tss, ist_stacks, nmi_count, entry_data, entry_data_end, entry_stack_top
entry_data:
cpu:        .skip 4096
gdt:        .skip 16 * 4096             # as large as Xen's: our own descriptors stand in its fifteenth page
ldt:        .skip 16 * 4096
idt:        .skip 4096
tss:        .skip 3 * 4096              # TSS, then the I/O bitmap of 8 KiB and its ending byte
ist_stacks: .skip 4 * 8192
            .skip 4080
entry_stack_top:
nmi_count:  .skip 16
entry_data_end:
kernel_stack: .skip 16384
kernel_stack_top:

# Counters by name, for whoever measures from outside.
    .globl cpu_context_switches, cpu_fast_returns, cpu_other_returns
    .set cpu_context_switches, cpu + CPU_CONTEXT_SWITCHES
    .set cpu_fast_returns, cpu + CPU_FAST_RETURNS
    .set cpu_other_returns, cpu + CPU_OTHER_RETURNS
