# The entries of the ROM and its ways out. Everything here runs in ring 3 with the guest kernel's rights.
#
# Atomic towards events: while RIP is in ROM text, VMINT only marks events pending. The last instructions before the guest goes on (unmask,
# test, leave) are therefore restart regions: VMINT sends RIP back to their start (.restart_table). An access to guest memory that faults
# continues at its fix-up (.fixup_table).

#include "layout.inc"
#include "Entry/regions.inc"

#define V(field) vcpu_page + VCPU_##field(%rip)
#define S(field) rom_state + ROM_##field(%rip)
#define F(field) rom_state + ROM_FRAME + VCPU_##field(%rip)

# Selectors of Xen's public arch-x86/xen-x86_64.h. A frame shows guest kernel's CS with RPL 0; it is loaded with RPL 3.
.set FLAT_CS, 0xe033
.set FLAT_CS_SHOWN, 0xe030
.set FLAT_SS, 0xe02b
.set INTERRUPT_FLAG_BIT, 9
.set RFLAGS_PLAIN, 0x202
# High half of every address in ROM text (HoleLayout.RomText); nothing else that lies there is executable.
.set ROM_TEXT_HIGH, 0xffff8080
# Vectors for which the processor pushes an error code: 8, 10 to 14, 17, 21, 29, 30.
.set ERROR_CODE_VECTORS, 0x60227d00
.set INVALID_OPCODE, 6
.set GENERAL_PROTECTION, 13
.set PAGE_FAULT, 14
.set LINUX_SYSTEM_CALL, 0x80
.set REFUSED_SYSTEM_CALL, 0x402         # error code of a fault that names entry 0x80 of the interrupt table
.set INT_LENGTH, 2
.set LEVEL_BITS, 0x3000                 # I/O privilege level in RFLAGS
.set ENTRY_MASK, 0x1ff                  # of a vector as TrapEntry has it: the number of its entry
.set HYPERCALL_IRET, 23
.set ENTRY_SYSENTER, 0x81               # EntryVector; 0x82 is 32-bit SYSCALL
# Offsets in Xen's vcpu_info.
.set INFO_MASK, 1
.set INFO_CR2, 16
# Offsets in the frame of the iret hypercall (struct iret_context).
.set IRET_RAX, 0
.set IRET_R11, 8
.set IRET_RCX, 16
.set IRET_RIP, 32
.set IRET_CS, 40
.set IRET_RFLAGS, 48
.set IRET_GUEST_RSP, 56
.set IRET_SS, 64

        .section .rom_header, "a"
        .globl  rom_header
        .type   rom_header, @object     # no instructions for the image tool to check
rom_header:
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

# ---- Hypercall: SYSCALL of the guest kernel --------------------------------------------------------------------------
        .globl  hypercall_entry
hypercall_entry:
        cmpq    $HYPERCALL_IRET, %rax
        je      iret_entry
        movq    V(ENTRY_RIP), %rcx
        movq    %rcx, S(EXIT_RIP)
        movq    %r11, S(EXIT_RFLAGS)
        movq    %rsp, S(EXIT_RSP)
        leaq    main_stack_top(%rip), %rsp
        movq    %rdi, F(RDI)
        movq    %rsi, F(RSI)
        movq    %rdx, F(RDX)
        movq    %r10, F(R10)
        movq    %r8, F(R8)
        movq    %r9, F(R9)
        movq    %rax, %rdi
        leaq    rom_state + ROM_FRAME(%rip), %rsi
        call    rom_hypercall
        movq    F(RDI), %rdi
        movq    F(RSI), %rsi
        movq    F(RDX), %rdx
        movq    F(R10), %r10
        movq    F(R8), %r8
        movq    F(R9), %r9

# Leave to the guest kernel at EXIT_RIP as SYSRET would: RCX and R11 hold the return address and RFLAGS.
exit_kernel:
        movq    S(VCPU_INFO), %r11
        cmpw    $1, (%r11)              # pending and not masked
        je      exit_kernel_event
        movq    S(EXIT_RIP), %rcx
        movq    S(EXIT_RFLAGS), %r11
        movq    S(EXIT_RSP), %rsp
        jmpq    *%rcx
exit_kernel_end:
        restart exit_kernel, exit_kernel_end

exit_kernel_event:
        movq    S(EXIT_RSP), %rsp
        andq    $-16, %rsp
        pushq   $FLAT_SS
        pushq   S(EXIT_RSP)
        pushq   S(EXIT_RFLAGS)
        pushq   $FLAT_CS_SHOWN
        pushq   S(EXIT_RIP)
        pushq   S(EXIT_RFLAGS)
        pushq   S(EXIT_RIP)
exit_kernel_event_pushed:
        fixup   exit_kernel_event, exit_kernel_event_pushed, bad_stack
        movb    $1, INFO_MASK(%r11)
        jmpq    *S(EVENT_CALLBACK)

# ---- Hypercall: CALL of the guest kernel (a slot of its hypercall page, or a patched stub) ----------------------------
# EXIT_RIP is 0 for a call. C# leaves it so, or stores the address at which the call is made again after an event.
        .globl  hypercall_call_entry
hypercall_call_entry:
        movq    %rcx, S(SAVED_RCX)
        movq    %r11, S(SAVED_R11)
        movq    $0, S(EXIT_RIP)
        movq    %rsp, S(EXIT_RSP)
        leaq    main_stack_top(%rip), %rsp
        movq    %rdi, F(RDI)
        movq    %rsi, F(RSI)
        movq    %rdx, F(RDX)
        movq    %r10, F(R10)
        movq    %r8, F(R8)
        movq    %r9, F(R9)
        movq    %rax, %rdi
        leaq    rom_state + ROM_FRAME(%rip), %rsi
        call    rom_hypercall
        movq    F(RDI), %rdi
        movq    F(RSI), %rsi
        movq    F(RDX), %rdx
        movq    F(R10), %r10
        movq    F(R8), %r8
        movq    F(R9), %r9

        .globl  exit_call
exit_call:
        movq    S(VCPU_INFO), %r11
        cmpw    $1, (%r11)              # pending and not masked
        je      exit_call_event
        movq    S(SAVED_RCX), %rcx
        movq    S(SAVED_R11), %r11
        movq    S(EXIT_RSP), %rsp
exit_call_return:
        ret
exit_call_end:
        restart exit_call, exit_call_end
        fixup   exit_call_return, exit_call_end, bad_stack

# The event interrupts the guest after the call, or before it if the call is to be made again: then it comes back to the ROM.
exit_call_event:
        movq    S(EXIT_RSP), %rsp
        cmpq    $0, S(EXIT_RIP)
        jne     1f
        popq    S(EXIT_RIP)
        movq    %rsp, S(EXIT_RSP)
1:      andq    $-16, %rsp
        pushq   $FLAT_SS
        pushq   S(EXIT_RSP)
        pushq   $RFLAGS_PLAIN           # a call leaves no flags
        pushq   $FLAT_CS_SHOWN
        pushq   S(EXIT_RIP)
        pushq   S(SAVED_R11)
        pushq   S(SAVED_RCX)
exit_call_event_pushed:
        fixup   exit_call_event, exit_call_event_pushed, bad_stack
        movb    $1, INFO_MASK(%r11)
        movq    S(SAVED_RCX), %rcx
        movq    S(SAVED_R11), %r11
        jmpq    *S(EVENT_CALLBACK)

# ---- System call of guest user ---------------------------------------------------------------------------------------
        .globl  syscall_entry
syscall_entry:
        movq    S(KERNEL_SP), %rsp
        movq    S(VCPU_INFO), %r11
        pushq   $FLAT_SS
        pushq   V(ENTRY_RSP)
        pushq   V(ENTRY_RFLAGS)
        pushq   $FLAT_CS
        pushq   V(ENTRY_RIP)
        pushq   V(ENTRY_RFLAGS)
        pushq   V(ENTRY_RIP)
syscall_pushed:
        fixup   syscall_entry, syscall_pushed, bad_stack
        cmpb    $0, S(SYSCALL_MASKS)
        je      syscall_unmasked
        movb    $1, INFO_MASK(%r11)
        jmpq    *S(SYSCALL_CALLBACK)
syscall_unmasked:
        movq    S(SYSCALL_CALLBACK), %rcx
        jmp     exit_to_handler

# Enters the handler in RCX with the event mask unchanged: an event may be due at once.
exit_to_handler:
        movq    %rcx, S(EXIT_RIP)
        movq    %rsp, S(EXIT_RSP)
        movq    V(ENTRY_RFLAGS), %rcx
        movq    %rcx, S(EXIT_RFLAGS)
        jmp     exit_kernel

# ---- Exception -------------------------------------------------------------------------------------------------------
# Rest of the frame, after SS and RSP: RFLAGS (IF shows the event mask), CS with the mask in bits 32 to 39, RIP, error code,
# R11, RCX. Then the guest's handler, with events masked if its trap entry says so. RCX: RFLAGS. A software interrupt's vector is
# larger than every exception's (TrapEntry.Software), so it gets no error code.
.macro deliver_exception cs
        movq    S(VCPU_INFO), %r11
        cmpb    $0, INFO_MASK(%r11)
        je      1f
        btrq    $INTERRUPT_FLAG_BIT, %rcx
1:      pushq   %rcx
        pushq   \cs
        movb    INFO_MASK(%r11), %cl
        movb    %cl, 4(%rsp)
        pushq   V(ENTRY_RIP)
        movl    V(VECTOR), %ecx
        cmpl    $PAGE_FAULT, %ecx
        jne     2f
        movq    V(FAULT_ADDRESS), %rcx
        movq    %rcx, INFO_CR2(%r11)
        movl    $PAGE_FAULT, %ecx
2:      cmpl    $32, %ecx
        jae     3f
        cmpl    $1, %ecx
        je      4f
        btl     %ecx, error_code_vectors(%rip)
        jnc     3f
        pushq   V(ERROR_CODE)
3:      pushq   S(SAVED_R11)
        pushq   S(SAVED_RCX)
        jmp     exception_pushed
4:      movq    V(FAULT_ADDRESS), %rcx            # the value of DR6
        orq     %rcx, S(DEBUG_STATUS)
        movl    $1, %ecx
        jmp     3b
.endm

        .globl  exception_entry
exception_entry:
        cmpl    $0, V(ENTRY_USER_MODE)
        jne     exception_from_user
        cmpl    $ROM_TEXT_HIGH, 4 + V(ENTRY_RIP)
        je      rom_exception
        movq    %rcx, S(SAVED_RCX)
        movq    %r11, S(SAVED_R11)
        movl    V(VECTOR), %ecx
        cmpl    $13, %ecx
        je      emulate
        cmpl    $6, %ecx
        je      emulate
exception_from_kernel:
        andq    $-16, %rsp
        pushq   $FLAT_SS
        pushq   V(ENTRY_RSP)
        movq    V(ENTRY_RFLAGS), %rcx
        deliver_exception $FLAT_CS_SHOWN

# The most frequent exception is a page fault of guest user with events unmasked. The frame then holds the values from the kernel, and a
# mask of 0.
exception_from_user:
        cmpl    $PAGE_FAULT, V(VECTOR)
        jne     other_from_user
        movq    S(VCPU_INFO), %rsp
        cmpb    $0, INFO_MASK(%rsp)
        jne     other_from_user
        movq    S(KERNEL_SP), %rsp
        andq    $-16, %rsp
        pushq   V(ENTRY_SS)
        pushq   V(ENTRY_RSP)
        pushq   V(ENTRY_RFLAGS)
        pushq   V(ENTRY_CS)
        pushq   V(ENTRY_RIP)
        pushq   V(ERROR_CODE)
        pushq   %r11
        pushq   %rcx
fault_pushed:
        fixup   exception_from_user, fault_pushed, bad_stack
        movq    S(VCPU_INFO), %r11
        movq    V(FAULT_ADDRESS), %rcx
        movq    %rcx, INFO_CR2(%r11)
        movl    $PAGE_FAULT, %ecx
        cmpq    $0, rom_state + ROM_TRAPS + 16 * PAGE_FAULT(%rip)
        je      no_handler
        testb   $4, rom_state + ROM_TRAPS + 16 * PAGE_FAULT + 8(%rip)
        je      exception_pushed
        movb    $1, INFO_MASK(%r11)
        jmpq    *rom_state + ROM_TRAPS + 16 * PAGE_FAULT(%rip)

other_from_user:
        movq    %rcx, S(SAVED_RCX)
        movq    %r11, S(SAVED_R11)
        movl    V(VECTOR), %ecx
        cmpl    $GENERAL_PROTECTION, %ecx
        je      emulate_user
        cmpl    $INVALID_OPCODE, %ecx
        je      emulate_user
reflect_from_user:
        movq    S(KERNEL_SP), %rsp
        andq    $-16, %rsp
        pushq   V(ENTRY_SS)
        pushq   V(ENTRY_RSP)
        movq    S(USER_FLAGS), %rcx
        andq    S(SHOWN_LEVEL), %rcx
        orq     V(ENTRY_RFLAGS), %rcx
        deliver_exception V(ENTRY_CS)
exception_pushed:
        fixup   exception_from_kernel, exception_pushed, bad_stack
        andl    $ENTRY_MASK, %ecx
        shll    $4, %ecx
        leaq    rom_state + ROM_TRAPS(%rip), %r11
        addq    %r11, %rcx
        cmpq    $0, (%rcx)
        je      no_handler
        testb   $4, 8(%rcx)
        je      4f
        movq    S(VCPU_INFO), %r11
        movb    $1, INFO_MASK(%r11)
        jmpq    *(%rcx)
4:      movq    (%rcx), %rcx
        jmp     exit_to_handler

# #GP or #UD: the ROM may execute the instruction. Stores all registers into the frame, then calls C#.
.macro call_emulator cs, ss, function
        movq    %rax, F(RAX)
        movq    %rbx, F(RBX)
        movq    %rdx, F(RDX)
        movq    %rsi, F(RSI)
        movq    %rdi, F(RDI)
        movq    %rbp, F(RBP)
        movq    %r8, F(R8)
        movq    %r9, F(R9)
        movq    %r10, F(R10)
        movq    %r12, F(R12)
        movq    %r13, F(R13)
        movq    %r14, F(R14)
        movq    %r15, F(R15)
        movq    S(SAVED_RCX), %rax
        movq    %rax, F(RCX)
        movq    S(SAVED_R11), %rax
        movq    %rax, F(R11)
        movq    V(ENTRY_RIP), %rax
        movq    %rax, F(RIP)
        movq    V(ENTRY_RFLAGS), %rax
        movq    %rax, F(RFLAGS)
        movq    V(ENTRY_RSP), %rax
        movq    %rax, F(RSP)
        movq    \cs, %rax
        movq    %rax, F(CS)
        movq    \ss, %rax
        movq    %rax, F(SS)
        leaq    main_stack_top(%rip), %rsp
        leaq    rom_state + ROM_FRAME(%rip), %rdi
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
        movq    S(VCPU_INFO), %rax
        cmpw    $1, (%rax)
        je      exit_frame_event
        leaq    rom_state + ROM_FRAME(%rip), %rsp
        popq    %rax
        popq    %rbx
        popq    %rcx
        popq    %rdx
        popq    %rsi
        popq    %rdi
        popq    %rbp
        popq    %r8
        popq    %r9
        popq    %r10
        popq    %r11
        popq    %r12
        popq    %r13
        popq    %r14
        popq    %r15
        iretq
exit_frame_end:
        restart exit_frame, exit_frame_end

exit_frame_event:
        call    restore_frame
        movq    F(RSP), %rsp
        andq    $-16, %rsp
exit_frame_push:
        pushq   $FLAT_SS
        pushq   F(RSP)
        pushq   F(RFLAGS)
        pushq   $FLAT_CS_SHOWN
        pushq   F(RIP)
        pushq   F(R11)
        pushq   F(RCX)
exit_frame_pushed:
        fixup   exit_frame_push, exit_frame_pushed, bad_stack
        movq    S(VCPU_INFO), %rcx
        movb    $1, INFO_MASK(%rcx)
        jmpq    *S(EVENT_CALLBACK)

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
        leaq    rom_state + ROM_USER_FRAME(%rip), %rsp
        movq    %rsp, S(IRET_RSP)
        jmp     iret_user
not_emulated_user:
        call    restore_frame
        jmp     reflect_from_user

# General registers from the frame, except RCX, R11 and RSP.
restore_frame:
        movq    F(RAX), %rax
        movq    F(RBX), %rbx
        movq    F(RDX), %rdx
        movq    F(RSI), %rsi
        movq    F(RDI), %rdi
        movq    F(RBP), %rbp
        movq    F(R8), %r8
        movq    F(R9), %r9
        movq    F(R10), %r10
        movq    F(R12), %r12
        movq    F(R13), %r13
        movq    F(R14), %r14
        movq    F(R15), %r15
        ret

# The exception occurred in the ROM itself: continue at the fix-up of that address, if it has one.
rom_exception:
        movq    %rax, S(NESTED_RAX)
        movq    %rcx, S(NESTED_RCX)
        movq    %r11, S(NESTED_R11)
        movq    V(ENTRY_RIP), %rax
        leaq    fixup_start(%rip), %rcx
        leaq    fixup_end(%rip), %r11
1:      cmpq    %r11, %rcx
        jae     rom_fault
        cmpq    (%rcx), %rax
        jb      2f
        cmpq    8(%rcx), %rax
        jae     2f
        movq    16(%rcx), %rax
        movq    %rax, S(NESTED_TARGET)
        movq    S(NESTED_RAX), %rax
        movq    S(NESTED_RCX), %rcx
        movq    S(NESTED_R11), %r11
        jmpq    *S(NESTED_TARGET)
2:      addq    $24, %rcx
        jmp     1b

# ---- Ends ------------------------------------------------------------------------------------------------------------
no_handler:
        cmpl    $LINUX_SYSTEM_CALL, V(VECTOR)
        je      no_system_call
        subl    $ENTRY_SYSENTER, V(VECTOR)
        je      no_entry
        cmpl    $1, V(VECTOR)
        je      no_entry
        addl    $ENTRY_SYSENTER, V(VECTOR)
        movl    $1, %edi                # CrashReason.NoHandler
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
        .globl  bad_stack
bad_stack:
        movl    $2, %edi                # CrashReason.BadStack
        movq    %rsp, %rsi
        jmp     crash
rom_fault:
        movl    $3, %edi                # CrashReason.RomFault
        movq    %rax, %rsi
        .globl  crash
crash:
        movl    $VMCALL_CRASH, %eax
        syscall
        ud2

# A failed check in C#: the detail is the address of the check.
        .globl  tierce_fail
tierce_fail:
        movq    8(%rsp), %rax
        jmp     rom_fault

# ---- Hypercall iret (23): leave the guest kernel through the frame at RSP ---------------------------------------------
iret_entry:
        incq    rom_state + ROM_CALLS_MADE + 8 * HYPERCALL_IRET(%rip)
        movq    %rsp, S(IRET_RSP)
iret_read:
        testb   $3, IRET_CS(%rsp)
        je      iret_kernel

iret_user:
        movq    S(VCPU_INFO), %rcx
        movq    IRET_RFLAGS(%rsp), %r11
        movq    %r11, S(USER_FLAGS)
        btq     $INTERRUPT_FLAG_BIT, %r11
        setnc   INFO_MASK(%rcx)
        cmpw    $1, (%rcx)
        je      iret_user_event
        popq    V(RAX)
        popq    V(R11)
        popq    V(RCX)
        popq    %rcx                    # flags of the hypercall
        popq    V(RIP)
        popq    V(CS)
        popq    V(RFLAGS)
        popq    V(RSP)
        popq    V(SS)
        xorl    %eax, %eax              # VMCALL_RETURN_TO_USER
        syscall
iret_user_end:
        restart_at iret_user, iret_user_end, iret_user_again
        ud2
iret_user_again:
        movq    S(IRET_RSP), %rsp
        jmp     iret_user

iret_user_event:
        call    copy_iret_frame
        movq    S(KERNEL_SP), %rsp
        andq    $-16, %rsp
        pushq   S(BOUNCE_SS)
        pushq   S(BOUNCE_RSP)
        pushq   S(BOUNCE_RFLAGS)
        pushq   S(BOUNCE_CS)
        movb    $0, 4(%rsp)
        jmp     iret_event_rest

iret_kernel:
        movq    S(IRET_RSP), %rsp
        movq    S(VCPU_INFO), %rcx
        movq    IRET_RFLAGS(%rsp), %r11
        btq     $INTERRUPT_FLAG_BIT, %r11
        setnc   INFO_MASK(%rcx)
        cmpw    $1, (%rcx)
        je      iret_kernel_event
        movq    $FLAT_CS, IRET_CS(%rsp)
        movq    $FLAT_SS, IRET_SS(%rsp)
        movq    IRET_RAX(%rsp), %rax
        movq    IRET_R11(%rsp), %r11
        movq    IRET_RCX(%rsp), %rcx
        addq    $IRET_RIP, %rsp
        iretq
iret_kernel_end:
        restart iret_kernel, iret_kernel_end

iret_kernel_event:
        call    copy_iret_frame
        movq    S(BOUNCE_RSP), %rsp
        andq    $-16, %rsp
        pushq   $FLAT_SS
        pushq   S(BOUNCE_RSP)
        pushq   S(BOUNCE_RFLAGS)
        pushq   $FLAT_CS_SHOWN
iret_event_rest:
        pushq   S(BOUNCE_RIP)
        pushq   S(BOUNCE_R11)
        pushq   S(BOUNCE_RCX)
        movq    S(BOUNCE_RAX), %rax
        movq    S(VCPU_INFO), %rcx
        movb    $1, INFO_MASK(%rcx)
        jmpq    *S(EVENT_CALLBACK)

# The frame may lie where the event's frame will: it is copied first. (The call pushed one word below the frame.)
copy_iret_frame:
        movq    8 + IRET_RAX(%rsp), %rcx
        movq    %rcx, S(BOUNCE_RAX)
        movq    8 + IRET_R11(%rsp), %rcx
        movq    %rcx, S(BOUNCE_R11)
        movq    8 + IRET_RCX(%rsp), %rcx
        movq    %rcx, S(BOUNCE_RCX)
        movq    8 + IRET_RIP(%rsp), %rcx
        movq    %rcx, S(BOUNCE_RIP)
        movq    8 + IRET_CS(%rsp), %rcx
        movq    %rcx, S(BOUNCE_CS)
        movq    8 + IRET_RFLAGS(%rsp), %rcx
        movq    %rcx, S(BOUNCE_RFLAGS)
        movq    8 + IRET_GUEST_RSP(%rsp), %rcx
        movq    %rcx, S(BOUNCE_RSP)
        movq    8 + IRET_SS(%rsp), %rcx
        movq    %rcx, S(BOUNCE_SS)
        ret
iret_end:
        fixup   iret_read, iret_end, bad_stack

# ---- Handlers in the place of the guest's, while frames show the I/O privilege level (Xen/Handlers.cs) -----------------
# Events are masked or not, as the guest's handler requires. exit_kernel finds events that arrive before the guest's first instruction.
.macro show_level cs, rflags
        testb   $3, \cs(%rsp)
        je      1f
        movq    S(USER_FLAGS), %rcx
        andl    $LEVEL_BITS, %ecx
        orq     %rcx, \rflags(%rsp)
1:
.endm

show_in_event:
        show_level 24, 32
        jmpq    *S(REAL_EVENT)

show_in_syscall:
        show_level 24, 32
        movq    S(REAL_SYSCALL), %rcx
        jmp     exit_to_handler

show_in_page_fault:
        show_level 32, 40
        movq    S(REAL_PAGE_FAULT), %rcx
        jmp     exit_to_handler

        .irp    name, event, syscall, page_fault
        .globl  rom_show_in_\name
rom_show_in_\name:
        leaq    show_in_\name(%rip), %rax
        ret
        .endr

# ---- VMINT -----------------------------------------------------------------------------------------------------------
        .globl  vmint_entry
vmint_entry:
        movq    %rax, V(RAX)
        movq    %rcx, V(RCX)
        movq    %rdx, V(RDX)
        movq    %rsi, V(RSI)
        movq    %rdi, V(RDI)
        movq    %r8, V(R8)
        movq    %r9, V(R9)
        movq    %r10, V(R10)
        movq    %r11, V(R11)
        leaq    vmint_stack_top(%rip), %rsp
        leaq    rom_state(%rip), %rdi
        leaq    vcpu_page(%rip), %rsi
        call    rom_vmint
        testb   %al, %al
        jne     vmint_deliver
        movq    %rbx, V(RBX)
        movq    %rbp, V(RBP)
        movq    %r12, V(R12)
        movq    %r13, V(R13)
        movq    %r14, V(R14)
        movq    %r15, V(R15)
        movl    $VMCALL_RCV, %eax
        syscall
        ud2

# VMINT becomes VMUSR: builds the frame of the interrupted code, restores its registers, then jumps to the guest's event handler.
vmint_deliver:
        cmpl    $0, V(USER_MODE)
        jne     1f
        movq    V(RSP), %rsp
        andq    $-16, %rsp
        pushq   $FLAT_SS
        pushq   V(RSP)
        pushq   V(RFLAGS)
        pushq   $FLAT_CS_SHOWN
        jmp     2f
1:      movq    S(KERNEL_SP), %rsp
        andq    $-16, %rsp
        pushq   V(SS)
        pushq   V(RSP)
        pushq   V(RFLAGS)
        pushq   V(CS)
        movb    $0, 4(%rsp)
2:      pushq   V(RIP)
        pushq   V(R11)
        pushq   V(RCX)
vmint_pushed:
        fixup   vmint_deliver, vmint_pushed, bad_stack
        movq    S(VCPU_INFO), %rcx
        movb    $1, INFO_MASK(%rcx)
        movq    V(RAX), %rax
        movq    V(RDX), %rdx
        movq    V(RSI), %rsi
        movq    V(RDI), %rdi
        movq    V(R8), %r8
        movq    V(R9), %r9
        movq    V(R10), %r10
        movl    $0, V(IN_VMINT)
vmint_check:
        cmpq    $0, V(PENDING)          # came while InVmint was 1: VMINT was not entered for it
        jne     vmint_more
        jmpq    *S(EVENT_CALLBACK)
vmint_more:
        movq    %rsp, S(EXIT_RSP)
        leaq    main_stack_top(%rip), %rsp
        pushq   %rax
        pushq   %rdx
        pushq   %rsi
        pushq   %rdi
        pushq   %r8
        pushq   %r9
        pushq   %r10
        subq    $8, %rsp
        call    rom_take_pending
        addq    $8, %rsp
        popq    %r10
        popq    %r9
        popq    %r8
        popq    %rdi
        popq    %rsi
        popq    %rdx
        popq    %rax
        movq    S(EXIT_RSP), %rsp
        jmp     vmint_check

        .section .rodata
error_code_vectors:
        .long   ERROR_CODE_VECTORS

        .section .rom_state, "aw"
        .globl  rom_state_space
rom_state_space:
        .zero   ROM_SIZE

        .section .rom_stacks, "aw", @nobits
        .balign 4096
        .zero   16384
main_stack_top:
        .zero   16384
vmint_stack_top:

        .section .note.GNU-stack, "", @progbits
