# Symbols that the compiler's code names besides those of C#.

        .text

# End of methods that never return: after a call of tierce_fail.
        .globl  RhpThrowEx
        .type   RhpThrowEx, @function
RhpThrowEx:
        .cfi_startproc
        ud2
        .cfi_endproc
        .size   RhpThrowEx, . - RhpThrowEx

# The compiler makes an entry for a C caller, which is never called; only that entry names these two.
        .globl  RhpReversePInvoke, RhpReversePInvokeReturn
        .type   RhpReversePInvoke, @function
RhpReversePInvoke:
RhpReversePInvokeReturn:
        .cfi_startproc
        ud2
        .cfi_endproc
        .size   RhpReversePInvoke, . - RhpReversePInvoke

# A function with a buffer on its stack found the guard word after it changed.
        .globl  RhpFallbackFailFast
        .type   RhpFallbackFailFast, @function
RhpFallbackFailFast:
        .cfi_startproc
        movl    $9, %edi                # FailReason.StackOverrun
        call    tierce_fail
        ud2
        .cfi_endproc
        .size   RhpFallbackFailFast, . - RhpFallbackFailFast

# The guard word. Fixed: it finds mistakes, it is no defence against an attacker who reads the image.
        .section .rodata
        .balign 8
        .globl  __security_cookie
__security_cookie:
        .quad   0x2b992ddfa23249d6

        .section .note.GNU-stack, "", @progbits
