# The entries of the native ROM. Everything here runs in ring 3 with the guest kernel's rights.
#
# Where an event must not come between two instructions, VMINT sends VMUSR back to the first of them (.restart_table).

#include "layout.inc"

#define V(field) vcpu_page + VCPU_##field(%rip)
#define S(field) rom_state + STATE_##field(%rip)
#define U(field) NATIVE_USER + VCPU_##field

.set USER_CODE, 0xe033
.set USER_DATA, 0xe02b
# High half of every address in ROM text (HoleLayout.RomText).
.set ROM_TEXT_HIGH, 0xffff8080
# RunEnd
.set RUN_SYSTEM_CALL, 0
.set RUN_EXCEPTION, 1
.set RUN_STOPPED, 2
# CrashReason
.set NO_HANDLER, 1
.set ROM_FAULT, 3
.set BAD_CALL, 6

.macro restart start, end
        .pushsection .restart_table, "a"
        .quad   \start, \end, \start
        .popsection
.endm

        .section .rom_header, "a"
        .globl  rom_header
rom_header:
        .ascii  "TierceR1"
        .quad   hypercall_entry, syscall_entry, exception_entry, vmint_entry
        .quad   text_start, text_end, read_only_end, data_end
        .quad   data_file_offset, data_file_size
        .quad   call_entry, call_entry
        .quad   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 # what only a patched Linux calls
        .quad   ABI_IDENTITY

        .text

# ---- Call of the guest kernel: number, three arguments -----------------------------------------------------------------
        .globl  call_entry
call_entry:
        testl   %edi, %edi
        jne     native_call

# Run: user mode goes on with the registers in the shared page. What the caller keeps waits on its stack.
run:
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        movq    %rsp, S(KERNEL_SP)
# VMINT overwrites VMUSR's block of the vCPU page, and may ask user mode to stop: then all of this is done again.
run_load:
        movq    S(PAGE), %rax
        cmpb    $0, NATIVE_STOP_USER(%rax)
        jne     run_stopped
        .irp    register, RIP, CS, RFLAGS, RSP, SS, R11, RCX, RAX
        movq    U(\register)(%rax), %rcx
        movq    %rcx, vcpu_page + VCPU_\register(%rip)
        .endr
        movq    U(RBX)(%rax), %rbx
        movq    U(RDX)(%rax), %rdx
        movq    U(RSI)(%rax), %rsi
        movq    U(RDI)(%rax), %rdi
        movq    U(RBP)(%rax), %rbp
        movq    U(R8)(%rax), %r8
        movq    U(R9)(%rax), %r9
        movq    U(R10)(%rax), %r10
        movq    U(R12)(%rax), %r12
        movq    U(R13)(%rax), %r13
        movq    U(R14)(%rax), %r14
        movq    U(R15)(%rax), %r15
        xorl    %eax, %eax              # VMCALL_RETURN_TO_USER
        syscall
run_load_end:
        restart run_load, run_load_end
        ud2

        .globl  run_stopped
run_stopped:
        movq    S(PAGE), %rax
        movb    $0, NATIVE_STOP_USER(%rax)
        movl    $RUN_STOPPED, %eax
run_return:
        movq    S(KERNEL_SP), %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        ret

# General registers of user mode to the shared page, but RCX and R11. RCX: the page.
save_user:
        movq    %rax, U(RAX)(%rcx)
        movq    %rbx, U(RBX)(%rcx)
        movq    %rdx, U(RDX)(%rcx)
        movq    %rsi, U(RSI)(%rcx)
        movq    %rdi, U(RDI)(%rcx)
        movq    %rbp, U(RBP)(%rcx)
        movq    %r8, U(R8)(%rcx)
        movq    %r9, U(R9)(%rcx)
        movq    %r10, U(R10)(%rcx)
        movq    %r12, U(R12)(%rcx)
        movq    %r13, U(R13)(%rcx)
        movq    %r14, U(R14)(%rcx)
        movq    %r15, U(R15)(%rcx)
        ret

# ---- System call of guest user ---------------------------------------------------------------------------------------
        .globl  syscall_entry
syscall_entry:
        movq    S(KERNEL_SP), %rsp
        movq    S(PAGE), %rcx
        call    save_user
        movq    V(ENTRY_RIP), %rax
        movq    %rax, U(RIP)(%rcx)
        movq    %rax, U(RCX)(%rcx)
        movq    V(ENTRY_RFLAGS), %rax
        movq    %rax, U(RFLAGS)(%rcx)
        movq    %rax, U(R11)(%rcx)
        movq    V(ENTRY_RSP), %rax
        movq    %rax, U(RSP)(%rcx)
        movq    $USER_CODE, U(CS)(%rcx)
        movq    $USER_DATA, U(SS)(%rcx)
        movl    $RUN_SYSTEM_CALL, %eax
        jmp     run_return

# ---- Exception: of guest user it ends the run, of guest kernel and ROM the guest -----------------------------------------
        .globl  exception_entry
exception_entry:
        cmpl    $0, V(ENTRY_USER_MODE)
        je      exception_from_kernel
        movq    S(KERNEL_SP), %rsp
        movq    %rcx, S(SAVED_RCX)
        movq    S(PAGE), %rcx
        call    save_user
        movq    %r11, U(R11)(%rcx)
        movq    S(SAVED_RCX), %rax
        movq    %rax, U(RCX)(%rcx)
        .irp    register, RIP, CS, RFLAGS, RSP, SS
        movq    vcpu_page + VCPU_ENTRY_\register(%rip), %rax
        movq    %rax, U(\register)(%rcx)
        .endr
        movq    V(VECTOR), %rax
        movq    %rax, NATIVE_VECTOR(%rcx)
        movq    V(ERROR_CODE), %rax
        movq    %rax, NATIVE_ERROR_CODE(%rcx)
        movq    V(FAULT_ADDRESS), %rax
        movq    %rax, NATIVE_FAULT_ADDRESS(%rcx)
        movl    $RUN_EXCEPTION, %eax
        jmp     run_return

exception_from_kernel:
        movl    $NO_HANDLER, %edi
        movq    V(VECTOR), %rsi
        cmpl    $ROM_TEXT_HIGH, 4 + V(ENTRY_RIP)
        jne     crash
        movq    V(ENTRY_RIP), %rsi
rom_fault:
        movl    $ROM_FAULT, %edi
crash:
        movl    $VMCALL_CRASH, %eax
        syscall
        ud2

# SYSCALL of the guest kernel: this interface has none.
        .globl  hypercall_entry
hypercall_entry:
        movl    $BAD_CALL, %edi
        movq    %rax, %rsi
        jmp     crash

# A failed check in C#: the detail is the address of the check.
        .globl  tierce_fail
tierce_fail:
        movq    (%rsp), %rsi
        jmp     rom_fault

# ---- VMINT (its entry: vmint.S) ---------------------------------------------------------------------------------------
# void native_handler(ulong handler, ulong events)
        .globl  native_handler
        .type   native_handler, @function
native_handler:
        movq    %rdi, %rax
        movq    %rsi, %rdi
        jmpq    *%rax

# ulong native_run_stopped(): where VMUSR goes on when user mode is stopped.
        .globl  native_run_stopped
        .type   native_run_stopped, @function
native_run_stopped:
        leaq    run_stopped(%rip), %rax
        ret

# void native_block(const ulong* pending): waits in the kernel unless an event is pending. One between test and call restarts the test.
        .globl  native_block
        .type   native_block, @function
native_block:
        cmpq    $0, (%rdi)
        jne     native_block_end
        movl    $VMCALL_BLOCK, %eax
        syscall
native_block_end:
        ret
        restart native_block, native_block_end

        .section .rom_state, "aw"
        .zero   STATE_SIZE

        .section .rom_stacks, "aw", @nobits
        .balign 4096
        .zero   16384
        .globl  vmint_stack_top
vmint_stack_top:

        .section .note.GNU-stack, "", @progbits
