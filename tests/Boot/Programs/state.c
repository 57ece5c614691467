/*
 * What a Linux program may change of its processor, and finds again: state WAY. Prints one line for each thing looked at. The same lines
 * come from the same kernel on the machine itself. No C library: this is built with -nostdlib.
 */
#define SYS_WRITE 1
#define SYS_MMAP 9
#define SYS_SIGACTION 13
#define SYS_SIGRETURN 15
#define SYS_SCHED_YIELD 24
#define SYS_GETPID 39
#define SYS_FORK 57
#define SYS_EXIT 60
#define SYS_WAIT4 61
#define SYS_KILL 62
#define SYS_MODIFY_LDT 154
#define SYS_ARCH_PRCTL 158
#define SYS_CLOCK_GETTIME 228
#define SYS_KEXEC_LOAD 246

#define ARCH_SET_GS 0x1001
#define SIGUSR1 10
#define SIGBUS 7
#define SIGSEGV 11
#define SA_SIGINFO 4
#define SA_RESTORER 0x04000000
#define TURNS 200
#define NOT_CANONICAL 0x800000000000
#define LDT(entry) ((entry) << 3 | 7)

typedef unsigned long word;

/* Of the kernel's struct ucontext, in words: the general registers in the order of struct sigcontext. */
enum { CONTEXT_RIP = 21, CONTEXT_SELECTORS = 23, CONTEXT_ERROR = 24, CONTEXT_TRAP = 25 };

struct action { void (*handler)(int, void *, word *); word flags; void (*restorer)(void); word mask; };

static word call(word number, word a, word b, word c, word d)
{
    word result;
    register word fourth asm("r10") = d;
    register word fifth asm("r8") = -1UL;
    register word sixth asm("r9") = 0;
    asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth), "r"(sixth) : "rcx", "r11", "memory");
    return result;
}

static void say(const char *text)
{
    word length = 0;
    while (text[length])
        length++;
    call(SYS_WRITE, 1, (word)text, length, 0);
}

static void tell(const char *what, word value)
{
    char digits[20];
    int at = 19;
    digits[at] = 0;
    do {
        digits[--at] = "0123456789abcdef"[value & 15];
        value >>= 4;
    } while (value);
    say(what);
    say(" ");
    say(digits + at);
    say("\n");
}

static void leave(int status)
{
    call(SYS_EXIT, status, 0, 0, 0);
    __builtin_unreachable();
}

asm("restore: movl $15, %eax\n syscall\n");
extern void restore(void);

static void on(int signal, void (*handler)(int, void *, word *))
{
    struct action action = { handler, SA_SIGINFO | SA_RESTORER, restore, 0 };
    call(SYS_SIGACTION, signal, (word)&action, 0, 8);
}

static void report(int signal, void *info, word *context)
{
    tell("signal", signal);
    tell("trap", context[CONTEXT_TRAP]);
    tell("error", context[CONTEXT_ERROR]);
    leave(0);
}

static word gs_base(void) { word base; asm volatile("rdgsbase %0" : "=r"(base)); return base; }
static word fs_base(void) { word base; asm volatile("rdfsbase %0" : "=r"(base)); return base; }

/* Three processes take turns, two of them with bases of their own, which no system call has set. */
static void bases(void)
{
    word *shared = (word *)call(SYS_MMAP, 0, 4096, 3, 0x21);
    word own = 0, lost = 0;
    for (word who = 1; who < 3 && !own; who++)
        own = call(SYS_FORK, 0, 0, 0, 0) ? 0 : who;
    if (own) {
        asm volatile("wrgsbase %0" :: "r"(own << 40));
        asm volatile("wrfsbase %0" :: "r"(own << 36));
    }
    for (int turn = 0; turn < TURNS; turn++) {
        lost += gs_base() != own << 40;
        lost += fs_base() != own << 36;
        call(SYS_SCHED_YIELD, 0, 0, 0, 0);
    }
    shared[own] = lost;
    if (own)
        leave(0);
    call(SYS_WAIT4, -1UL, 0, 0, 0);
    call(SYS_WAIT4, -1UL, 0, 0, 0);
    tell("bases lost or seen", shared[0] + shared[1] + shared[2]);
}

/* A base that was set, then changed by an instruction or by loading a selector, then set again. */
static void base_set_again(void)
{
    static word place = 0x1234;
    word found;
    call(SYS_ARCH_PRCTL, ARCH_SET_GS, (word)&place, 0, 0);
    asm volatile("mov %0, %%gs" :: "r"(0));
    call(SYS_ARCH_PRCTL, ARCH_SET_GS, (word)&place, 0, 0);
    asm volatile("mov %%gs:0, %0" : "=r"(found));
    tell("after a null selector", found);
    asm volatile("wrgsbase %0" :: "r"(0x222000UL));
    call(SYS_ARCH_PRCTL, ARCH_SET_GS, (word)&place, 0, 0);
    asm volatile("mov %%gs:0, %0" : "=r"(found));
    tell("after wrgsbase", found);
}

static void absent_descriptor(word entry, word contents)
{
    struct { unsigned entry, base, limit, flags; } description = { entry, 0, 10, 1 | contents << 1 | 1 << 4 | 1 << 5 };
    tell("modify_ldt", call(SYS_MODIFY_LDT, 0x11, (word)&description, sizeof description, 0));
    unsigned rights = 0, valid = 0;
    asm volatile("lar %2, %0\n jnz 1f\n movl $1, %1\n 1:" : "+r"(rights), "+m"(valid) : "r"((unsigned)LDT(entry)) : "cc");
    tell("lar", valid ? rights : 0);
}

static word wanted_rip, wanted_code, wanted_stack;

static void to_elsewhere(int signal, void *info, word *context)
{
    if (wanted_rip)
        context[CONTEXT_RIP] = wanted_rip;
    if (wanted_code)
        context[CONTEXT_SELECTORS] = (context[CONTEXT_SELECTORS] & ~0xffffUL) | wanted_code;
    if (wanted_stack)
        context[CONTEXT_SELECTORS] = (context[CONTEXT_SELECTORS] & 0xffffffffffff) | wanted_stack << 48;
}

static void came_back(int signal, void *info, word *context)
{
    if (wanted_rip)
        tell("rip", context[CONTEXT_RIP]);
    if (wanted_code)
        tell("code", context[CONTEXT_SELECTORS] & 0xffff);
    report(signal, info, context);
}

/* The kernel returns to what this program asks for; it cannot be loaded. */
static void go_elsewhere(void)
{
    on(SIGSEGV, came_back);
    on(SIGBUS, came_back);
    on(SIGUSR1, to_elsewhere);
    call(SYS_KILL, call(SYS_GETPID, 0, 0, 0, 0), SIGUSR1, 0, 0);
    say("nothing happened\n");
}

/* NT, AC, ID and the direction flag survive a system call, and what interrupts a computation for half a second. */
#define FLAGS (0x4000UL | 0x40000 | 0x200000 | 0x400)
static void flags(void)
{
    word after, kept = 1, start[2], now[2];
    asm volatile("pushf\n orq %1, (%%rsp)\n popf\n movl $39, %%eax\n syscall\n pushf\n popq %0\n pushf\n andq %2, (%%rsp)\n popf"
        : "=&r"(after) : "r"(FLAGS), "r"(~FLAGS) : "rax", "rcx", "r11", "memory", "cc");
    tell("flags after a system call", after & FLAGS);
    call(SYS_CLOCK_GETTIME, 1, (word)start, 0, 0);
    do {
        asm volatile("pushf\n orq %1, (%%rsp)\n popf\n movl $1000000, %%ecx\n 1: dec %%ecx\n jnz 1b\n pushf\n popq %0\n pushf\n andq %2, (%%rsp)\n popf"
            : "=&r"(after) : "r"(FLAGS), "r"(~FLAGS) : "rcx", "memory", "cc");
        kept &= (after & FLAGS) == FLAGS;
        call(SYS_CLOCK_GETTIME, 1, (word)now, 0, 0);
    } while ((now[0] - start[0]) * 1000000000 + now[1] - start[1] < 500000000);
    tell("flags kept", kept);
}

/* What Linux answers in the place of the processor: no address of anything. */
static void tables(void)
{
    struct { unsigned short limit; word address; } __attribute__((packed)) table = { 1, 1 };
    word value;
    asm volatile("sgdt %0" : "=m"(table));
    tell("sgdt", table.address);
    tell("limit", table.limit);
    asm volatile("sidt %0" : "=m"(table));
    tell("sidt", table.address);
    tell("limit", table.limit);
    asm volatile("sldt %0" : "=r"(value));
    tell("sldt", value & 0xffff);
    asm volatile("str %0" : "=r"(value));
    tell("str", value & 0xffff);
    asm volatile("smsw %0" : "=r"(value));
    tell("smsw", value & 0xffff);
}

/* A kernel to start in place of this one: a page of nothing. As Xen's guest Linux can load none. */
static void kexec(void)
{
    static char page[4096];
    word segment[4] = { (word)page, sizeof page, 0x1000000, sizeof page };
    tell("kexec_load", -call(SYS_KEXEC_LOAD, 0x1000000, 1, (word)segment, 62 << 16));
}

static int run(long count, char **arguments)
{
    switch (count > 1 ? arguments[1][0] : 0) {
    case 'b': bases(); return 0;
    case 's': base_set_again(); return 0;
    case 'd': absent_descriptor(2, 0); on(SIGSEGV, report); on(SIGBUS, report); asm volatile("mov %0, %%es" :: "r"(LDT(2))); return 1;
    case 'k': absent_descriptor(2, 0); on(SIGSEGV, report); on(SIGBUS, report); asm volatile("mov %0, %%ss" :: "r"(LDT(2))); return 1;
    case 'c': absent_descriptor(2, 2); wanted_code = LDT(2); go_elsewhere(); return 1;
    case 'n': absent_descriptor(2, 0); wanted_code = LDT(3); go_elsewhere(); return 1;
    case 'r': wanted_rip = NOT_CANONICAL; go_elsewhere(); return 1;
    case 'f': flags(); return 0;
    case 't': tables(); return 0;
    case 'x': kexec(); return 0;
    default: return 2;
    }
}

__attribute__((used)) static void begin(long *stack)
{
    leave(run(stack[0], (char **)(stack + 1)));
}

asm(".globl _start\n _start: movq %rsp, %rdi\n andq $-16, %rsp\n call begin\n");
