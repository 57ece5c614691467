# The walk of entry code as functions, on a processor's data of its own.

#include "Arch/X64/kit.inc"
#include "Arch/X64/walk.inc"

    .text

# void walk_prepare(void* table, void* memory, ulong bytes): the user's top-level table, and the guest's memory.
    function walk_prepare
    movq %rdi, CPU(GUEST_USER_TABLE)
    movq %rsi, CPU(GUEST_MEMORY)
    movq %rdx, CPU(GUEST_BYTES)
    return

# long walk_fault(ulong address, ulong error): the error code that the guest gets, or -1 where C# decides.
    function walk_fault
    movq %rdi, %rcx
    push_registers RSI, RDI             # as the stub leaves them: error code, vector
    walk_user_tables left_to_csharp
    judge_user_fault left_to_csharp
    pop_registers RCX, RAX
    ret
left_to_csharp:
    pop_registers RCX, RAX
    movq $-1, %rax
    return

    .bss
cpu:
    .zero CPU_SIZE
