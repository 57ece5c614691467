# Entries and exits where user roots hold only an entry page (Isolation): this text, the processor's tables, stacks for the processor's
# frames and the data of this CPU. Each site in entry.S becomes a jump here at start-up, and costs nothing otherwise. EXIT_ROOT is the root
# that was loaded at the entry, and the one to load at the exit.

    .include "layout.inc"
    .include "Arch/X64/frame.inc"
    .include "Arch/X64/function.inc"

.set KERNEL_BASE, 0xffff87ff80000000

.macro load_kernel_root wide, low
    movl $(kernel_root - KERNEL_BASE), %\low
    movq %\wide, %cr3
.endm
.macro leave_user_root wide, low
    movq %cr3, %\wide
    movq %\wide, cpu + CPU_EXIT_ROOT(%rip)
    load_kernel_root \wide, \low
.endm

    .section .entry.text, "ax", @progbits

isolated_trap:
    testb $3, 24(%rsp)
    jz trap_from_kernel
    jmp move_frame
isolated_move_frame:
    leave_user_root rax, eax
    movq cpu + CPU_FRAME_TOP(%rip), %rax
    jmp move_frame_rest

# A machine check or a double fault may come before the kernel's root is loaded, or after.
isolated_trap_from_kernel:
    pushq %rax
    load_kernel_root rax, eax
    popq %rax
    pushq %r15
    pushq %r14
    pushq %r13
    jmp trap_from_kernel_rest

isolated_syscall:
    movq %rsp, cpu + CPU_SCRATCH(%rip)
    leave_user_root rsp, esp
    jmp *cpu + CPU_SYSCALL_TARGET(%rip)
isolated_sysenter:
    leave_user_root rsp, esp
    movq cpu + CPU_FRAME_TOP(%rip), %rsp
    jmp sysenter_rest
isolated_compat_syscall:
    movq %rsp, cpu + CPU_SCRATCH(%rip)
    leave_user_root rsp, esp
    jmp compat_syscall_rest

# A hypercall by trap goes on in the root that it came from.
isolated_hypercall:
    movq cpu + CPU_EXIT_ROOT(%rip), %rsp
    movq %rsp, %cr3
    movq cpu + CPU_SCRATCH(%rip), %rsp
    sysretq

# RAX: the user root. The vCPU page is out of reach in it.
isolated_to_user:
    movq %rax, cpu + CPU_EXIT_ROOT(%rip)
    leaq guest_user_syscall(%rip), %rax
    movq %rax, cpu + CPU_SYSCALL_TARGET(%rip)
    incq cpu + CPU_FAST_RETURNS(%rip)
    swapgs
    andl $FLAGS_USER, %r11d
    orl $FLAGS_FIXED, %r11d
    movq VCPU_RSP(%rsp), %rax
    movq %rax, cpu + CPU_SCRATCH(%rip)
    movq VCPU_RAX(%rsp), %rax
    movq cpu + CPU_EXIT_ROOT(%rip), %rsp
    movq %rsp, %cr3
    movq cpu + CPU_SCRATCH(%rip), %rsp
    sysretq

# RAX: the thread to resume. What IRET takes, and RAX, go to the entry stack.
isolated_resume:
    movaps THREAD_SIMD(%rax), %xmm0
    movaps THREAD_SIMD + 16(%rax), %xmm8
    movq %rax, %rsp
    popq entry_stack_top - 48(%rip)
    pop_behind_rax
isolated_leave:
    .irp word, 40, 32, 24, 16, 8
    popq entry_stack_top - \word(%rip)
    .endr
    leaq entry_stack_top - 48(%rip), %rsp
    movq cpu + CPU_EXIT_ROOT(%rip), %rax
    movq %rax, %cr3
    popq %rax
    iretq

# RAX: the current thread; the other registers are in place.
isolated_resume_short:
    movaps THREAD_SIMD(%rax), %xmm0
    movaps THREAD_SIMD + 16(%rax), %xmm8
    movq %rax, %rsp
    movq VCPU_RCX(%rsp), %rcx
    movq VCPU_R11(%rsp), %r11
    load_arguments
    popq entry_stack_top - 48(%rip)
    addq $(VCPU_RIP - 8), %rsp
    jmp isolated_leave

isolated_switch_ring:
    movq %rdi, cpu + CPU_EXIT_ROOT(%rip)
    movq %rsi, cpu + CPU_SYSCALL_TARGET(%rip)
    swapgs
    ret

# ulong* address_of_isolation(): what Isolation works on.
    address isolation, isolation

    .section .rodata
    .balign 8
isolation:
    .quad isolated_tables, __entry_start, __entry_end, entry_data, entry_data_end, entry_stack_top
    .quad line, line_as_trap, trap, isolated_trap, move_frame_root, isolated_move_frame, trap_from_kernel, isolated_trap_from_kernel
    .quad syscall_entry, isolated_syscall, sysenter_entry, isolated_sysenter, compat_syscall_entry, isolated_compat_syscall
    .quad trap_sled_end, isolated_trap, fault_sled_end, isolated_trap, syscall_sled_end, isolated_syscall
    .quad return_by_iret, rom_call_zero, hypercall_return, isolated_hypercall, ring_switch_to_user, isolated_to_user, resume_thread, isolated_resume
    .quad page_fault, isolated_trap, resume_short, isolated_resume_short, cpu_switch_ring, isolated_switch_ring, 0

    .section .bss
    .balign 4096
isolated_tables: .skip 4 * 4096         # top, and those of the three levels below for the image's 2 MiB

    .section .note.GNU-stack, "", @progbits
