# The clock that all rows are measured by. RDTSC is neither trapped nor offset on any side; under -icount it counts instructions.

    .text

# ulong bench_clock()
    .globl bench_clock
    .type bench_clock, @function
bench_clock:
    rdtsc
    shlq    $32, %rdx
    orq     %rdx, %rax
    ret
    .size bench_clock, . - bench_clock

# void bench_mark(): does nothing, in an instruction that src/InstructionCounter recognises.
    .globl bench_mark
    .type bench_mark, @function
bench_mark:
    .byte   0x0f, 0x1f, 0x84, 0x00, 0x52, 0x45, 0x49, 0x54     # nopl 0x54494552(%rax,%rax)
    ret
    .size bench_mark, . - bench_mark

# void bench_spin(): what an interrupt is measured against. Nothing but this one instruction.
    .globl bench_spin
    .type bench_spin, @function
bench_spin:
    jmp     bench_spin
    .size bench_spin, . - bench_spin
