# The instructions and the few sequences that C# cannot express, each a function of its own (Cpu.cs).

#include "Arch/X64/kit.inc"

    .section .entry.text, "ax", @progbits

# void cpu_idle(): wait for an interrupt, which is handled on this stack, with interrupts off before and after.
    function cpu_idle
    sti
    hlt
    cli
    return

# void cpu_take_interrupts(): those that wait, on this stack; interrupts are off before and after.
    function cpu_take_interrupts
    sti
    nop                                 # STI holds interrupts off for one instruction more
    cli
    return

    instruction cpu_lgdt, lgdt (%rdi)
    instruction cpu_lidt, lidt (%rdi)
    instruction cpu_ltr, ltr %di
    instruction cpu_lldt, lldt %di

# void cpu_reload_segments(code, data): far return into the new code segment.
    function cpu_reload_segments
    movl %esi, %ss
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    popq %rax
    pushq %rdi
    pushq %rax
    lretq
    end

# void cpu_load_debug(const ulong addresses[4], ulong control)
    function cpu_load_debug
    .irp n, 0, 1, 2, 3
    movq 8 * \n(%rdi), %rax
    movq %rax, %dr\n
    .endr
    movq %rsi, %dr7
    return

    instruction cpu_write_dr7, movq %rdi, %dr7

    function cpu_take_dr6
    movq %dr6, %rax
    movl $DR6_RESET, %ecx
    movq %rcx, %dr6
    return

    instruction cpu_load_root, movq %rdi, %cr3
    instruction cpu_read_root, movq %cr3, %rax
    instruction cpu_invlpg, invlpg (%rdi)

    function_rdtsc cpu_rdtsc

    function cpu_rdmsr
    movl %edi, %ecx
    rdmsr
    join_halves
    return

    function cpu_wrmsr
    movl %edi, %ecx
    movl %esi, %eax
    movq %rsi, %rdx
    shrq $32, %rdx
    wrmsr
    return

    function_cpuid cpu_cpuid

    instruction cpu_read_cr4, movq %cr4, %rax
    instruction cpu_write_cr4, movq %rdi, %cr4

    function cpu_in8
    movl %edi, %edx
    xorl %eax, %eax
    inb %dx, %al
    return

    function cpu_in32
    movl %edi, %edx
    inl %dx, %eax
    return

    function cpu_out8
    movl %edi, %edx
    movl %esi, %eax
    outb %al, %dx
    return

    function cpu_switch_ring
    movq %rdi, %cr3
    movq %rsi, CPU(SYSCALL_TARGET)
    swapgs
    return

    instruction cpu_write_fs_base, wrfsbase %rdi
    instruction cpu_write_gs_base, wrgsbase %rdi

# Data-segment selectors, four of them packed in one word: DS, ES, FS, GS from the lowest 16 bits.
# A guest may have changed the descriptor since ring 3 loaded it: a load that faults is made again with 0 (TrapInKernel).
    function cpu_read_selectors
    movl %gs, %eax
    .irp segment, fs, es, ds
    shlq $16, %rax
    movl %\segment, %ecx
    movw %cx, %ax
    .endr
    return

    function cpu_write_selectors
    movw %di, %ds
    .irp segment, es, fs, gs
    shrq $16, %rdi
    movw %di, %\segment
    .endr
    return

# FS and GS base, FPU; the selectors are saved with them and loaded alone, since loading them may change a base and comes before.
.macro save_state from
    rdfsbase %rcx
    movq %rcx, THREAD_TLS_BASE(\from)
    rdgsbase %rcx
    movq %rcx, THREAD_LOCAL_BASE(\from)
    movw %ds, THREAD_SELECTORS(\from)
    movw %es, THREAD_SELECTORS + 2 * 1(\from)
    movw %fs, THREAD_SELECTORS + 2 * 2(\from)
    movw %gs, THREAD_SELECTORS + 2 * 3(\from)
    movl $-1, %eax
    movl %eax, %edx
    xsave64 THREAD_FPU(\from)
.endm
.macro load_state to                    # EDX and EAX: all ones
    movq THREAD_TLS_BASE(\to), %rcx
    wrfsbase %rcx
    movq THREAD_LOCAL_BASE(\to), %rcx
    wrgsbase %rcx
    xrstor64 THREAD_FPU(\to)
.endm

.macro exchange_state                   # from RDI to RSI, which is returned
    save_state %rdi
    movq THREAD_SELECTORS(%rsi), %rcx
    cmpq %rcx, THREAD_SELECTORS(%rdi)
    je 2f
    movq %rcx, %rdi
    call cpu_write_selectors
2:  load_state %rsi
    movq %rsi, %rax
    ret
.endm

# void cpu_save_state(Thread*), cpu_load_state(Thread*); Thread* cpu_exchange_state(from, to): both, and the selectors where
# they differ; cpu_exchange_domain(from, to, root): the root as well; cpu_leave_guest(from, to, root): the same, from a virtual CPU;
# cpu_exchange_ring(from, to, root): and then the GS bases.
    instruction cpu_save_state, save_state %rdi

    function cpu_load_state
    movl $-1, %eax
    movl %eax, %edx
    load_state %rdi
    return

    function cpu_exchange_ring
    call cpu_exchange_domain
    swapgs
    return

    function cpu_leave_guest
    movq %rdx, %cr3
    global cpu_leave_guest_state
    exchange_state
    end

    function cpu_exchange_domain
    movq %rdx, %cr3
    end                                 # and on

    function cpu_exchange_state
    exchange_state
    end

    function cpu_xsetbv
    xorl %ecx, %ecx
    movl %edi, %eax
    xorl %edx, %edx
    xsetbv
    return

# void cpu_zero(to, bytes): no SIMD register.
    function cpu_zero
    movq %rsi, %rcx
    shrq $3, %rcx
    xorl %eax, %eax
    rep stosq
    return

    instruction cpu_here_rip, movq (%rsp), %rax
    instruction cpu_here_rsp, leaq 8(%rsp), %rax
    instruction cpu_here_rbp, movq %rbp, %rax

    function cpu_halt_forever
    cli
    hlt
    jmp cpu_halt_forever
    end
