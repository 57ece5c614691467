# Entries and exits where user roots hold only an entry page (Isolation): this text, the processor's tables, stacks for the processor's
# frames and the data of this CPU. Each site in entry.S becomes a jump here at start-up, and costs nothing otherwise. EXIT_ROOT is the root
# that was loaded at the entry, and the one to load at the exit.

#include "Arch/X64/kit.inc"

.macro load_kernel_root wide, low
    movl $(kernel_root - HOLE_KERNEL_IMAGE), %\low
    movq %\wide, %cr3
.endm
.macro leave_user_root wide, low
    movq %cr3, %\wide
    movq %\wide, CPU(EXIT_ROOT)
    load_kernel_root \wide, \low
.endm

    .section .entry.text, "ax", @progbits

isolated_trap:
    jump_if_from_kernel trap_from_kernel
    jmp move_frame
isolated_move_frame:
    leave_user_root rax, eax
    movq CPU(FRAME_TOP), %rax
    jmp move_frame_rest

# A machine check or a double fault may come before the kernel's root is loaded, or after.
isolated_trap_from_kernel:
    pushq %rax
    load_kernel_root rax, eax
    popq %rax
    push_registers R15, R14, R13
    jmp trap_from_kernel_rest

isolated_syscall:
    movq %rsp, CPU(SCRATCH)
    leave_user_root rsp, esp
    jmp *CPU(SYSCALL_TARGET)
isolated_sysenter:
    leave_user_root rsp, esp
    movq CPU(FRAME_TOP), %rsp
    jmp sysenter_rest
isolated_compat_syscall:
    movq %rsp, CPU(SCRATCH)
    leave_user_root rsp, esp
    jmp compat_syscall_rest

# A hypercall by trap goes on in the root that it came from.
isolated_hypercall:
    movq CPU(EXIT_ROOT), %rsp
    movq %rsp, %cr3
    movq CPU(SCRATCH), %rsp
    sysretq

# RAX: the user root. The vCPU page is out of reach in it.
isolated_to_user:
    movq %rax, CPU(EXIT_ROOT)
    enter_ring guest_user_syscall, FAST_RETURNS, %rax
    andl $FLAGS_USER, %r11d
    orl $RESUME_FLAGS_FIXED, %r11d
    movq VCPU_RSP(%rsp), %rax
    movq %rax, CPU(SCRATCH)
    movq VCPU_RAX(%rsp), %rax
    movq CPU(EXIT_ROOT), %rsp
    movq %rsp, %cr3
    movq CPU(SCRATCH), %rsp
    sysretq

# RAX: the thread to resume. What IRET takes, and RAX, go to the entry stack.
isolated_resume:
    load_simd %rax
    movq %rax, %rsp
    popq entry_stack_top - 8 * 6(%rip)
    pop_after_rax
isolated_leave:
    .irp word, 5, 4, 3, 2, 1
    popq entry_stack_top - 8 * \word(%rip)
    .endr
    leaq entry_stack_top - 8 * 6(%rip), %rsp
    movq CPU(EXIT_ROOT), %rax
    movq %rax, %cr3
    popq %rax
    iretq

# RAX: the current thread; the other registers are in place.
isolated_resume_short:
    load_simd %rax
    movq %rax, %rsp
    load_registers 0(%rsp), RCX, R11
    load_arguments
    popq entry_stack_top - 8 * 6(%rip)
    addq $(FRAME_RIP - FRAME_RBX), %rsp
    jmp isolated_leave

isolated_switch_ring:
    movq %rdi, CPU(EXIT_ROOT)
    movq %rsi, CPU(SYSCALL_TARGET)
    swapgs
    ret

# ulong* address_of_isolation(): what Isolation works on.
    addresses isolation

    .section .rodata
    .balign 8
isolation:
    .quad isolated_tables, entry_start, entry_end, entry_data, entry_data_end, entry_stack_top
    .quad line, line_as_trap, trap, isolated_trap, move_frame_root, isolated_move_frame, trap_from_kernel, isolated_trap_from_kernel
    .quad syscall_entry, isolated_syscall, sysenter_entry, isolated_sysenter, compat_syscall_entry, isolated_compat_syscall
    .quad trap_sled_end, isolated_trap, fault_sled_end, isolated_trap, syscall_sled_end, isolated_syscall
    .quad return_by_iret, rom_call_zero, hypercall_return, isolated_hypercall, ring_switch_to_user, isolated_to_user, resume_thread, isolated_resume
    .quad page_fault, isolated_trap, resume_short, isolated_resume_short, cpu_switch_ring, isolated_switch_ring, 0

    .section .bss
    .balign 4096
isolated_tables: .skip 4 * 4096         # top, and those of the three levels below for the image's 2 MiB
