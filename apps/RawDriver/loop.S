# void raw_spin(): loops for ever, in one instruction.

    .text
    .globl raw_spin
    .type raw_spin, @function
raw_spin:
    jmp     raw_spin
    .size raw_spin, . - raw_spin
