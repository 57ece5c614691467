# With which definition of the ABI this kernel was built (src/Abi/ImageIdentity.cs): for others to read, and for itself.

    .include "identity.inc"

    .section .note.pvh, "a", @note
    abi_identity_note

    .text
    abi_identity_function abi_identity
