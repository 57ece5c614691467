// Maps two pages at a fixed address, writes to both, and unmaps the first. page-table-entry.gdb watches it.
#include <sys/mman.h>

int main(void)
{
    volatile char *page = mmap((void *)0x700000000000, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
    page[0] = 1;
    page[4096] = 2;
    munmap((void *)page, 4096);
    return 0;
}
