// Linked into each of Linux's self-tests: standard output passes line by line, as at a terminal. Else what a program has said waits in its
// memory: a fork copies it, so it is said twice, and lines of parent and child begin in the middle of each other.
#include <stdio.h>

__attribute__((constructor)) static void pass_lines(void)
{
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}
