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
