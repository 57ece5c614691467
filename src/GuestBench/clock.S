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

# void bench_spin(): what an interrupt is measured against. Nothing but this one instruction.
    .globl bench_spin
    .type bench_spin, @function
bench_spin:
    jmp     bench_spin
    .size bench_spin, . - bench_spin
