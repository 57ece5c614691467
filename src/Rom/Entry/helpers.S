# What C# cannot express: kernel calls, processor registers of ring 3, accesses to guest memory that may fault.
# System V convention.

#include "Entry/xen.inc"

        .text

# long rom_log(const ulong words[6])
        function rom_log
        movq    8 * 5(%rdi), %r9
        movq    8 * 4(%rdi), %r8
        movq    8 * 3(%rdi), %r10
        movq    8 * 2(%rdi), %rdx
        movq    8 * 1(%rdi), %rsi
        movq    (%rdi), %rdi
        kernel_call LOG
        return

# bool rom_block(): waits for an event, unless one is pending already. An event between test and call restarts the test.
        function rom_block
        xorl    %eax, %eax
        movq    S(VCPU_INFO), %rdx
        cmpb    $0, VCPU_INFO_UPCALL_PENDING(%rdx)
        jne     1f
        kernel_call BLOCK
        restart_since rom_block
        movl    $1, %eax
1:      return

# bool rom_block_while(const uint* place, uint value): waits for an event, unless the place holds another value. An event between test and
# call restarts the test.
        function rom_block_while
        xorl    %eax, %eax
        cmpl    %esi, (%rdi)
        jne     1f
        kernel_call BLOCK
        restart_since rom_block_while
        movl    $1, %eax
1:      return

# bool NAME(byte* first, byte* last): touches both and every page between.
.macro touch_pages name, touch:vararg
        function \name
1:      \touch
        cmpq    %rsi, %rdi
        jae     2f
        addq    $4096, %rdi
        cmpq    %rsi, %rdi
        jb      1b
        movq    %rsi, %rdi
        jmp     1b
2:      movl    $1, %eax
        return
        fixup   \name, 2b, access_failed
.endm
        touch_pages rom_can_read, movb (%rdi), %al
        touch_pages rom_can_write, lock addb $0, (%rdi) # no byte changes, also for others who write it

access_failed:
        xorl    %eax, %eax
        ret

# int rom_fetch(byte* destination, const byte* source, int count): copies until it faults, returns how many bytes it got.
        function rom_fetch
        xorl    %eax, %eax
1:      cmpl    %edx, %eax
        jae     3f
2:      movb    (%rsi,%rax), %cl
        movb    %cl, (%rdi,%rax)
        incl    %eax
        jmp     1b
3:      return
        fixup   2b, 3b, 3b

# void rom_cpuid(uint leaf, uint subleaf, uint result[4])
# ulong rom_xgetbv(): XCR0. #UD without CR4.OSXSAVE: the caller has checked CPUID.
        function rom_xgetbv
        xorl    %ecx, %ecx
        xgetbv
        join_halves
        return

        function_rdtsc rom_rdtsc
        function_cpuid rom_cpuid
        instruction rom_read_fs_base, rdfsbase %rax
        instruction rom_write_fs_base, wrfsbase %rdi
        instruction rom_read_gs_base, rdgsbase %rax
        instruction rom_write_gs_base, wrgsbase %rdi

# bool rom_load_gs(ushort selector, ulong* base): loads the selector, returns its base and keeps the active base.
        function rom_load_gs
        rdgsbase %rcx
1:      movw    %di, %gs
2:      rdgsbase %rax
        movq    %rax, (%rsi)
        wrgsbase %rcx
        movl    $1, %eax
        ret
3:      wrgsbase %rcx
        xorl    %eax, %eax
        return
        fixup   1b, 2b, 3b

# bool rom_null_clears_base(): whether a null selector in FS clears its base, which is then restored.
        function rom_null_clears_base
        movw    %fs, %cx
        xorl    %eax, %eax
        testw   $~3, %cx
        jnz     1f
        rdfsbase %rdx
        movl    $1, %eax
        wrfsbase %rax
        movw    %cx, %fs
        rdfsbase %rax
        wrfsbase %rdx
        xorl    $1, %eax
1:      return
