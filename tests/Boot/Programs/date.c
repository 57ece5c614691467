// Answers each line of its standard input with the date: seconds since 1970, with nanoseconds.
#include <stdio.h>
#include <time.h>

int main(void)
{
    char line[16];
    while (fgets(line, sizeof line, stdin))
    {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        printf("%lld.%09ld\n", (long long)now.tv_sec, now.tv_nsec);
        fflush(stdout);
    }

    return 0;
}
