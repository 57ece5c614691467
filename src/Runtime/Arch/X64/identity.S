# With which definition of the ABI a program was built (src/Abi/ImageIdentity.cs): for root to read, and for itself.

    .include "identity.inc"

    .section .identity, "a", @note
    abi_identity_note

    .text
    abi_identity_function tierce_identity

    .section .note.GNU-stack, "", @progbits
