# With which definition of the ABI a program was built (src/Abi/ImageIdentity.cs): for root to read, and for itself.

    .include "identity.inc"

    .section .identity, "a", @note
    abi_identity_note

    .text
# ulong tierce_identity()
    .globl tierce_identity
    .type tierce_identity, @function
tierce_identity:
    movabsq $ABI_IDENTITY, %rax
    ret
    .size tierce_identity, . - tierce_identity

    .section .note.GNU-stack, "", @progbits
