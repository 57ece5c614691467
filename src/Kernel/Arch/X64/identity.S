# With which definition of the ABI this kernel was built (src/Abi/ImageIdentity.cs): for others to read, and for itself.

    .include "identity.inc"

    .section .note.pvh, "a", @note
    abi_identity_note

    .text
# ulong abi_identity()
    .globl abi_identity
    .type abi_identity, @function
abi_identity:
    movabsq $ABI_IDENTITY, %rax
    ret
    .size abi_identity, . - abi_identity

    .section .note.GNU-stack, "", @progbits
