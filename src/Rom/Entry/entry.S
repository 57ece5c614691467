# The entries of the ROM and its ways out. Everything here runs in ring 3 with the guest kernel's rights.
#
# Atomic towards events: while RIP is in ROM text, VMINT only marks events pending. The last instructions before the guest goes on (unmask,
# test, leave) are therefore restart regions: VMINT sends RIP back to their start (.restart_table). An access to guest memory that faults
# continues at its fix-up (.fixup_table).

#include "Entry/xen.inc"

.set INTERRUPT_FLAG_BIT, 9
.set RFLAGS_PLAIN, 0x202
.set LEVEL_BITS, 0x3000                 # I/O privilege level in RFLAGS
# Vectors for which the processor pushes an error code: 8, 10 to 14, 17, 21, 29, 30.
.set ERROR_CODE_VECTORS, 0x60227d00
.set DEBUG, 1
.set INVALID_OPCODE, 6
.set GENERAL_PROTECTION, 13
.set PAGE_FAULT, 14
.set LINUX_SYSTEM_CALL, 0x80
.set REFUSED_SYSTEM_CALL, 0x402         # error code of a fault that names entry 0x80 of the interrupt table
.set INT_LENGTH, 2

        .section .rom_header, "a"
        .type   rom_header, @object     # no instructions for the image tool to check
        global  rom_header
        .ascii  "TierceR1"
        .quad   hypercall_entry, syscall_entry, exception_entry, vmint_entry
        .quad   text_start, text_end, read_only_end, data_end
        .quad   data_file_offset, data_file_size
        .quad   hypercall_call_entry, iret_entry
#ifdef LINUX_ROOM
        .quad   set_entry
        .quad   pin_tables, unpin_tables, allocate_lowest, allocate_upper, release_table, flush_page
        .quad   write_root, load_stack
        .quad   read_user_base, write_user_base
#else
        .fill   11, 8, 0                # the monitor then changes nothing
#endif
        .quad   ABI_IDENTITY
        .size   rom_header, . - rom_header

        .text

# C#'s part of a hypercall, on the ROM's own stack. RAX: its number. Its arguments may change; RAX: its result.
.macro call_hypercall
        leaq    main_stack_top(%rip), %rsp
        store_registers S(FRAME), RDI, RSI, RDX, R10, R8, R9
        movq    %rax, %rdi
        leaq    S(FRAME), %rsi
        call    rom_hypercall
        load_registers S(FRAME), RDI, RSI, RDX, R10, R8, R9
.endm

# ---- Hypercall: SYSCALL of the guest kernel --------------------------------------------------------------------------
        global  hypercall_entry
        cmpq    $HYPERCALL_IRET, %rax
        je      iret_entry
        copy    V(ENTRY_RIP), S(EXIT_RIP), through=%rcx
        movq    %r11, S(EXIT_RFLAGS)
        movq    %rsp, S(EXIT_RSP)
        call_hypercall

# Leave to the guest kernel at EXIT_RIP as SYSRET would: RCX and R11 hold the return address and RFLAGS.
exit_kernel:
        jump_if_event %r11, exit_kernel_event
        movq    S(EXIT_RIP), %rcx
        movq    S(EXIT_RFLAGS), %r11
        movq    S(EXIT_RSP), %rsp
        jmpq    *%rcx
        restart_since exit_kernel

exit_kernel_event:
        begin_frame S(EXIT_RSP)
        push_event_frame rsp=S(EXIT_RSP), rflags=S(EXIT_RFLAGS), rip=S(EXIT_RIP), r11=S(EXIT_RFLAGS), rcx=S(EXIT_RIP)
        fixup_since exit_kernel_event, bad_stack
        enter_masked S(EVENT_CALLBACK), %r11

# ---- Hypercall: CALL of the guest kernel (a slot of its hypercall page, or a patched stub) ----------------------------
# EXIT_RIP is 0 for a call. C# leaves it so, or stores the address at which the call is made again after an event.
        global  hypercall_call_entry
        movq    %rcx, S(SAVED_RCX)
        movq    %r11, S(SAVED_R11)
        movq    $0, S(EXIT_RIP)
        movq    %rsp, S(EXIT_RSP)
        call_hypercall

        global  exit_call
        jump_if_event %r11, exit_call_event
        movq    S(SAVED_RCX), %rcx
        movq    S(SAVED_R11), %r11
        movq    S(EXIT_RSP), %rsp
exit_call_return:
        ret
        restart_since exit_call
        fixup_since exit_call_return, bad_stack

# The event interrupts the guest after the call, or before it if the call is to be made again: then it comes back to the ROM.
exit_call_event:
        movq    S(EXIT_RSP), %rsp
        cmpq    $0, S(EXIT_RIP)
        jne     1f
        popq    S(EXIT_RIP)
        movq    %rsp, S(EXIT_RSP)
1:      andq    $-16, %rsp
        push_event_frame rsp=S(EXIT_RSP), rflags=$RFLAGS_PLAIN, rip=S(EXIT_RIP), r11=S(SAVED_R11), rcx=S(SAVED_RCX) # a call leaves no flags
        fixup_since exit_call_event, bad_stack
        movb    $1, VCPU_INFO_UPCALL_MASK(%r11)
        movq    S(SAVED_RCX), %rcx
        movq    S(SAVED_R11), %r11
        jmpq    *S(EVENT_CALLBACK)

# ---- System call of guest user ---------------------------------------------------------------------------------------
        global  syscall_entry
        movq    S(KERNEL_SP), %rsp
        movq    S(VCPU_INFO), %r11
        push_event_frame rsp=V(ENTRY_RSP), rflags=V(ENTRY_RFLAGS), cs=$FLAT_CS, rip=V(ENTRY_RIP), r11=V(ENTRY_RFLAGS), rcx=V(ENTRY_RIP)
        fixup_since syscall_entry, bad_stack
        cmpb    $0, S(SYSCALL_MASKS)
        je      syscall_unmasked
        enter_masked S(SYSCALL_CALLBACK), %r11
syscall_unmasked:
        movq    S(SYSCALL_CALLBACK), %rcx
        jmp     exit_to_handler

# Enters the handler in RCX with the event mask unchanged: an event may be due at once.
exit_to_handler:
        movq    %rcx, S(EXIT_RIP)
        movq    %rsp, S(EXIT_RSP)
        copy    V(ENTRY_RFLAGS), S(EXIT_RFLAGS), through=%rcx
        jmp     exit_kernel

# ---- Exception -------------------------------------------------------------------------------------------------------
# Rest of the frame, after SS and RSP: RFLAGS (IF shows the event mask), CS with the mask in bits 32 to 39, RIP, error code,
# R11, RCX. Then the guest's handler, with events masked if its trap entry says so. RCX: RFLAGS. A software interrupt's vector is
# larger than every exception's (TrapEntry.Software), so it gets no error code.
.macro deliver_exception cs
        movq    S(VCPU_INFO), %r11
        cmpb    $0, VCPU_INFO_UPCALL_MASK(%r11)
        je      1f
        btrq    $INTERRUPT_FLAG_BIT, %rcx
1:      pushq   %rcx
        pushq   \cs
        movb    VCPU_INFO_UPCALL_MASK(%r11), %cl
        movb    %cl, 4(%rsp)
        pushq   V(ENTRY_RIP)
        movl    V(VECTOR), %ecx
        cmpl    $PAGE_FAULT, %ecx
        jne     2f
        copy    V(FAULT_ADDRESS), VCPU_INFO_CR2(%r11), through=%rcx
        movl    $PAGE_FAULT, %ecx
2:      cmpl    $32, %ecx
        jae     3f
        cmpl    $DEBUG, %ecx
        je      4f
        btl     %ecx, error_code_vectors(%rip)
        jnc     3f
        pushq   V(ERROR_CODE)
3:      pushq   S(SAVED_R11)
        pushq   S(SAVED_RCX)
        jmp     exception_pushed
4:      movq    V(FAULT_ADDRESS), %rcx            # the value of DR6
        orq     %rcx, S(DEBUG_STATUS)
        movl    $DEBUG, %ecx
        jmp     3b
.endm

# Keeps RCX and R11. To LABEL if the instruction may be one that the ROM carries out. ECX: the vector.
.macro jump_if_emulated label
        movq    %rcx, S(SAVED_RCX)
        movq    %r11, S(SAVED_R11)
        movl    V(VECTOR), %ecx
        cmpl    $GENERAL_PROTECTION, %ecx
        je      \label
        cmpl    $INVALID_OPCODE, %ecx
        je      \label
.endm

        global  exception_entry
        cmpl    $0, V(ENTRY_USER_MODE)
        jne     exception_from_user
        cmpl    $ROM_TEXT_HIGH, 4 + V(ENTRY_RIP)
        je      rom_exception
        jump_if_emulated emulate
exception_from_kernel:
        andq    $-16, %rsp
        pushq   $FLAT_SS
        pushq   V(ENTRY_RSP)
        movq    V(ENTRY_RFLAGS), %rcx
        deliver_exception $FLAT_CS_SHOWN

.set page_fault_trap, rom_state + ROM_TRAPS + TRAP_SIZE * PAGE_FAULT

# The most frequent exception is a page fault of guest user with events unmasked. The frame then holds the values from the kernel, and a
# mask of 0.
exception_from_user:
        cmpl    $PAGE_FAULT, V(VECTOR)
        jne     other_from_user
        movq    S(VCPU_INFO), %rsp
        cmpb    $0, VCPU_INFO_UPCALL_MASK(%rsp)
        jne     other_from_user
        begin_frame S(KERNEL_SP)
        push_iret_frame V(ENTRY_SS), V(ENTRY_RSP), V(ENTRY_RFLAGS), V(ENTRY_CS), V(ENTRY_RIP)
        pushq   V(ERROR_CODE)
        push_registers R11, RCX
        fixup_since exception_from_user, bad_stack
        movq    S(VCPU_INFO), %r11
        copy    V(FAULT_ADDRESS), VCPU_INFO_CR2(%r11), through=%rcx
        movl    $PAGE_FAULT, %ecx
        cmpq    $0, page_fault_trap + TRAP_ADDRESS(%rip)
        je      no_handler
        testb   $TRAP_MASK_EVENTS, page_fault_trap + TRAP_FLAGS(%rip)
        je      exception_pushed
        enter_masked page_fault_trap + TRAP_ADDRESS(%rip), %r11

other_from_user:
        jump_if_emulated emulate_user
reflect_from_user:
        begin_frame S(KERNEL_SP)
        pushq   V(ENTRY_SS)
        pushq   V(ENTRY_RSP)
        movq    S(USER_FLAGS), %rcx
        andq    S(SHOWN_LEVEL), %rcx
        orq     V(ENTRY_RFLAGS), %rcx
        deliver_exception V(ENTRY_CS)
exception_pushed:
        fixup   exception_from_kernel, exception_pushed, bad_stack
        andl    $TRAP_SOFTWARE - 1, %ecx
        shll    $4, %ecx                # TRAP_SIZE
        leaq    S(TRAPS), %r11
        addq    %r11, %rcx
        cmpq    $0, TRAP_ADDRESS(%rcx)
        je      no_handler
        testb   $TRAP_MASK_EVENTS, TRAP_FLAGS(%rcx)
        je      4f
        movq    S(VCPU_INFO), %r11
        enter_masked TRAP_ADDRESS(%rcx), %r11
4:      movq    TRAP_ADDRESS(%rcx), %rcx
        jmp     exit_to_handler

# #GP or #UD: the ROM may execute the instruction. Stores all registers into the frame, then calls C#.
.macro call_emulator cs, ss, function
        store_registers S(FRAME), RAX, RBX, RDX, RSI, RDI, RBP, R8, R9, R10, R12, R13, R14, R15
        copy    S(SAVED_RCX), F(RCX)
        copy    S(SAVED_R11), F(R11)
        copy    V(ENTRY_RIP), F(RIP)
        copy    V(ENTRY_RFLAGS), F(RFLAGS)
        copy    V(ENTRY_RSP), F(RSP)
        copy    \cs, F(CS)
        copy    \ss, F(SS)
        leaq    main_stack_top(%rip), %rsp
        leaq    S(FRAME), %rdi
        movq    V(VECTOR), %rsi
        movq    V(ERROR_CODE), %rdx
        call    \function
        testb   %al, %al
.endm

emulate:
        call_emulator $FLAT_CS, $FLAT_SS, rom_emulate
        je      not_emulated

# Leave to the guest kernel with every register from the frame.
exit_frame:
        jump_if_event %rax, exit_frame_event
        leaq    S(FRAME), %rsp
        pop_registers RAX, RBX, RCX, RDX, RSI, RDI, RBP, R8, R9, R10, R11, R12, R13, R14, R15
        iretq
        restart_since exit_frame

exit_frame_event:
        call    restore_frame
        begin_frame F(RSP)
exit_frame_push:
        push_event_frame rsp=F(RSP), rflags=F(RFLAGS), rip=F(RIP), r11=F(R11), rcx=F(RCX)
        fixup_since exit_frame_push, bad_stack
        movq    S(VCPU_INFO), %rcx
        enter_masked S(EVENT_CALLBACK), %rcx

# The emulator did not execute it: reflect the exception that it left in the vCPU page.
not_emulated:
        call    restore_frame
        movq    F(RSP), %rsp
        jmp     exception_from_kernel

# Guest user: after an executed instruction it resumes as if its kernel had returned there, through the frame that C# has made.
emulate_user:
        call_emulator V(ENTRY_CS), V(ENTRY_SS), rom_emulate_user
        je      not_emulated_user
        call    restore_frame
        leaq    S(USER_FRAME), %rsp
        movq    %rsp, S(IRET_RSP)
        jmp     iret_user
not_emulated_user:
        call    restore_frame
        jmp     reflect_from_user

# General registers from the frame, except RCX, R11 and RSP.
restore_frame:
        load_registers S(FRAME), RAX, RBX, RDX, RSI, RDI, RBP, R8, R9, R10, R12, R13, R14, R15
        ret

# The exception occurred in the ROM itself: continue at the fix-up of that address, if it has one.
rom_exception:
        movq    %rax, S(NESTED_RAX)
        movq    %rcx, S(NESTED_RCX)
        movq    %r11, S(NESTED_R11)
        movq    V(ENTRY_RIP), %rax
        find_region fixup, %rax, %rcx, %r11, rom_fault
        movq    8 * 2(%rcx), %rax
        movq    %rax, S(NESTED_TARGET)
        movq    S(NESTED_RAX), %rax
        movq    S(NESTED_RCX), %rcx
        movq    S(NESTED_R11), %r11
        jmpq    *S(NESTED_TARGET)

# ---- Ends ------------------------------------------------------------------------------------------------------------
no_handler:
        cmpl    $LINUX_SYSTEM_CALL, V(VECTOR)
        je      no_system_call
        subl    $ENTRY_VECTOR_SYSENTER, V(VECTOR)
        je      no_entry
        cmpl    $ENTRY_VECTOR_COMPAT_SYSCALL - ENTRY_VECTOR_SYSENTER, V(VECTOR)
        je      no_entry
        addl    $ENTRY_VECTOR_SYSENTER, V(VECTOR)
        movl    $CRASH_NO_HANDLER, %edi
        movq    V(VECTOR), %rsi
        jmp     crash
# SYSENTER without a handler is a general protection fault, 32-bit SYSCALL without one an invalid opcode.
no_entry:
        imull   $-7, V(VECTOR), %ecx
        addl    $13, %ecx
        movl    %ecx, V(VECTOR)
        movq    S(SAVED_RCX), %rcx
        movq    S(SAVED_R11), %r11
        jmp     exception_from_user
# INT 0x80 without a handler is what it would be without its gate: a general protection fault at the instruction.
no_system_call:
        movl    $GENERAL_PROTECTION, V(VECTOR)
        movq    $REFUSED_SYSTEM_CALL, V(ERROR_CODE)
        subq    $INT_LENGTH, V(ENTRY_RIP)
        movq    S(SAVED_RCX), %rcx
        movq    S(SAVED_R11), %r11
        movq    V(ENTRY_RSP), %rsp
        cmpl    $0, V(ENTRY_USER_MODE)
        jne     reflect_from_user
        jmp     exception_from_kernel
        global  bad_stack
        movl    $CRASH_BAD_STACK, %edi
        movq    %rsp, %rsi
        jmp     crash
rom_fault:
        movl    $CRASH_ROM_FAULT, %edi
        movq    %rax, %rsi
        global  crash
        last_kernel_call CRASH

# A failed check in C#: the detail is the address of the check.
        global  tierce_fail
        movq    8(%rsp), %rax
        jmp     rom_fault

# ---- Hypercall iret (23): leave the guest kernel through the frame at RSP ---------------------------------------------
iret_entry:
        incq    CALLS_MADE(IRET)
        movq    %rsp, S(IRET_RSP)
iret_read:
        testb   $3, IRET_CS(%rsp)
        je      iret_kernel

# Masks events unless R11, the flags that are to be loaded, have IF. To LABEL if an event is to come first. RCX: vcpu_info.
.macro mask_as_flags label
        btq     $INTERRUPT_FLAG_BIT, %r11
        setnc   VCPU_INFO_UPCALL_MASK(%rcx)
        cmpw    $1, VCPU_INFO_UPCALL(%rcx)
        je      \label
.endm

iret_user:
        movq    S(VCPU_INFO), %rcx
        copy    IRET_RFLAGS(%rsp), S(USER_FLAGS), through=%r11
        mask_as_flags iret_user_event
        popq    V(RAX)
        popq    V(R11)
        popq    V(RCX)
        popq    %rcx                    # flags of the hypercall
        .irp    field, RIP, CS, RFLAGS, RSP, SS
        popq    V(\field)
        .endr
        xorl    %eax, %eax              # VMCALL_RETURN_TO_USER
        syscall
        restart_since iret_user, iret_user_again
        ud2
iret_user_again:
        movq    S(IRET_RSP), %rsp
        jmp     iret_user

iret_user_event:
        call    copy_iret_frame
        begin_frame S(KERNEL_SP)
        push_event_frame S(BOUNCE_SS), S(BOUNCE_RSP), S(BOUNCE_RFLAGS), S(BOUNCE_CS), S(BOUNCE_RIP), S(BOUNCE_R11), S(BOUNCE_RCX)
        show_unmasked
        jmp     iret_event_rest

iret_kernel:
        movq    S(IRET_RSP), %rsp
        movq    S(VCPU_INFO), %rcx
        movq    IRET_RFLAGS(%rsp), %r11
        mask_as_flags iret_kernel_event
        movq    $FLAT_CS, IRET_CS(%rsp)
        movq    $FLAT_SS, IRET_SS(%rsp)
        movq    IRET_RAX(%rsp), %rax
        movq    IRET_R11(%rsp), %r11
        movq    IRET_RCX(%rsp), %rcx
        addq    $IRET_RIP, %rsp
        iretq
        restart_since iret_kernel

iret_kernel_event:
        call    copy_iret_frame
        begin_frame S(BOUNCE_RSP)
        push_event_frame rsp=S(BOUNCE_RSP), rflags=S(BOUNCE_RFLAGS), rip=S(BOUNCE_RIP), r11=S(BOUNCE_R11), rcx=S(BOUNCE_RCX)
iret_event_rest:
        movq    S(BOUNCE_RAX), %rax
        movq    S(VCPU_INFO), %rcx
        enter_masked S(EVENT_CALLBACK), %rcx

# The frame may lie where the event's frame will: it is copied first. (The call pushed one word below the frame.)
copy_iret_frame:
        .irp    field, RAX, R11, RCX, RIP, CS, RFLAGS, RSP, SS
        copy    8 + IRET_\field(%rsp), S(BOUNCE_\field), through=%rcx
        .endr
        ret
        fixup_since iret_read, bad_stack

# ---- Handlers in the place of the guest's, while frames show the I/O privilege level (Xen/Handlers.cs) -----------------
# Events are masked or not, as the guest's handler requires. exit_kernel finds events that arrive before the guest's first instruction.
.macro show_level below                 # bytes below RIP
        testb   $3, FRAME_CS - FRAME_RIP + \below(%rsp)
        je      1f
        movq    S(USER_FLAGS), %rcx
        andl    $LEVEL_BITS, %ecx
        orq     %rcx, FRAME_RFLAGS - FRAME_RIP + \below(%rsp)
1:
.endm

show_in_event:
        show_level 16
        jmpq    *S(REAL_EVENT)

show_in_syscall:
        show_level 16
        movq    S(REAL_SYSCALL), %rcx
        jmp     exit_to_handler

show_in_page_fault:
        show_level 24
        movq    S(REAL_PAGE_FAULT), %rcx
        jmp     exit_to_handler

        instruction rom_show_in_event, leaq show_in_event(%rip), %rax
        instruction rom_show_in_syscall, leaq show_in_syscall(%rip), %rax
        instruction rom_show_in_page_fault, leaq show_in_page_fault(%rip), %rax

# ---- VMINT -----------------------------------------------------------------------------------------------------------
        global  vmint_entry
        store_registers V(REGISTERS), RAX, RCX, RDX, RSI, RDI, R8, R9, R10, R11
        leaq    vmint_stack_top(%rip), %rsp
        leaq    rom_state(%rip), %rdi
        leaq    vcpu_page(%rip), %rsi
        call    rom_vmint
        testb   %al, %al
        jne     vmint_deliver
        store_registers V(REGISTERS), RBX, RBP, R12, R13, R14, R15
        last_kernel_call RCV

# VMINT becomes VMUSR: builds the frame of the interrupted code, restores its registers, then jumps to the guest's event handler.
vmint_deliver:
        cmpl    $0, V(USER_MODE)
        jne     1f
        begin_frame V(RSP)
        push_event_frame rsp=V(RSP), rflags=V(RFLAGS), rip=V(RIP), r11=V(R11), rcx=V(RCX)
        jmp     2f
1:      begin_frame S(KERNEL_SP)
        push_event_frame V(SS), V(RSP), V(RFLAGS), V(CS), V(RIP), V(R11), V(RCX)
        show_unmasked
        fixup_since vmint_deliver, bad_stack
2:      movq    S(VCPU_INFO), %rcx
        movb    $1, VCPU_INFO_UPCALL_MASK(%rcx)
        load_registers V(REGISTERS), RAX, RDX, RSI, RDI, R8, R9, R10
        movl    $0, V(IN_VMINT)
vmint_check:
        cmpq    $0, V(PENDING)          # came while InVmint was 1: VMINT was not entered for it
        jne     vmint_more
        jmpq    *S(EVENT_CALLBACK)
vmint_more:
        movq    %rsp, S(EXIT_RSP)
        leaq    main_stack_top(%rip), %rsp
        push_registers RAX, RDX, RSI, RDI, R8, R9, R10
        subq    $8, %rsp
        call    rom_take_pending
        addq    $8, %rsp
        pop_registers R10, R9, R8, RDI, RSI, RDX, RAX
        movq    S(EXIT_RSP), %rsp
        jmp     vmint_check

        .section .rodata
error_code_vectors:
        .long   ERROR_CODE_VECTORS

        .section .rom_state, "aw"
        global  rom_state_space
        .zero   ROM_SIZE

        .section .rom_stacks, "aw", @nobits
        .balign 4096
        .zero   16384
main_stack_top:
        .zero   16384
vmint_stack_top:
