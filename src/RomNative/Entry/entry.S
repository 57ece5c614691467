# The entries of the native ROM. Everything here runs in ring 3 with the guest kernel's rights.
#
# Where an event must not come between two instructions, VMINT sends VMUSR back to the first of them (.restart_table).

#include "Entry/rom.inc"

#define S(field) rom_state + STATE_##field(%rip)
#define U(field) NATIVE_USER + FRAME_##field
.set USER_CODE, 0xe033
.set USER_DATA, 0xe02b

        .section .rom_header, "a"
        global  rom_header
        .ascii  "TierceR1"
        .quad   hypercall_entry, syscall_entry, exception_entry, vmint_entry
        .quad   text_start, text_end, read_only_end, data_end
        .quad   data_file_offset, data_file_size
        .quad   call_entry, call_entry
        .quad   0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 # what only a patched Linux calls
        .quad   ABI_IDENTITY

        .text

# ---- Call of the guest kernel: number, three arguments -----------------------------------------------------------------
        global  call_entry
        testl   %edi, %edi
        jne     native_call

# Run: user mode goes on with the registers in the shared page. What the caller keeps waits on its stack.
run:
        push_registers RBX, RBP, R12, R13, R14, R15
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
        load_registers NATIVE_USER(%rax), RBX, RDX, RSI, RDI, RBP, R8, R9, R10, R12, R13, R14, R15
        xorl    %eax, %eax              # VMCALL_RETURN_TO_USER
        syscall
        restart_since run_load
        ud2

        global  run_stopped
        movq    S(PAGE), %rax
        movb    $0, NATIVE_STOP_USER(%rax)
        movl    $RUN_STOPPED, %eax
run_return:
        movq    S(KERNEL_SP), %rsp
        pop_registers R15, R14, R13, R12, RBP, RBX
        ret

# General registers of user mode to the shared page, but RCX and R11. RCX: the page.
save_user:
        store_registers NATIVE_USER(%rcx), RAX, RBX, RDX, RSI, RDI, RBP, R8, R9, R10, R12, R13, R14, R15
        ret

# ---- System call of guest user ---------------------------------------------------------------------------------------
        global  syscall_entry
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
        global  exception_entry
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
        movl    $CRASH_NO_HANDLER, %edi
        movq    V(VECTOR), %rsi
        cmpl    $ROM_TEXT_HIGH, 4 + V(ENTRY_RIP)
        jne     crash
        movq    V(ENTRY_RIP), %rsi
rom_fault:
        movl    $CRASH_ROM_FAULT, %edi
crash:
        last_kernel_call CRASH

# SYSCALL of the guest kernel: this interface has none.
        global  hypercall_entry
        movl    $CRASH_BAD_CALL, %edi
        movq    %rax, %rsi
        jmp     crash

# A failed check in C#: the detail is the address of the check.
        global  tierce_fail
        movq    (%rsp), %rsi
        jmp     rom_fault

# ---- VMINT (its entry: vmint.S) ---------------------------------------------------------------------------------------
# void native_handler(ulong handler, ulong events)
        function native_handler
        movq    %rdi, %rax
        movq    %rsi, %rdi
        jmpq    *%rax
        end

# ulong native_run_stopped(): where VMUSR goes on when user mode is stopped.
        instruction native_run_stopped, leaq run_stopped(%rip), %rax

# void native_block(const ulong* pending): waits in the kernel unless an event is pending. One between test and call restarts the test.
        function native_block
        cmpq    $0, (%rdi)
        jne     1f
        kernel_call BLOCK
        restart_since native_block
1:      return

        .section .rom_state, "aw"
        .zero   STATE_SIZE

        .section .rom_stacks, "aw", @nobits
        .balign 4096
        .zero   16384
        global  vmint_stack_top
