// Prints the rate of the host's time-stamp counter in hertz, by CLOCK_MONOTONIC over two seconds. Of many reads at either end the one counts
// whose two reads of the counter are closest: others may have the processor between them.
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

struct sample { uint64_t tsc, nanoseconds, width; };

static struct sample take(void)
{
    struct sample best = { 0, 0, UINT64_MAX };
    for (int i = 0; i < 10000; i++)
    {
        struct timespec now;
        uint64_t before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC, &now);
        uint64_t after = __rdtsc();
        if (after - before < best.width)
        {
            best = (struct sample){ before + (after - before) / 2, now.tv_sec * 1000000000ULL + now.tv_nsec, after - before };
        }
    }

    return best;
}

int main(void)
{
    struct sample start = take();
    sleep(2);
    struct sample end = take();
    printf("%.0f\n", (end.tsc - start.tsc) * 1e9 / (end.nanoseconds - start.nanoseconds));
    return 0;
}
