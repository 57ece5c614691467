# What C# cannot express: kernel calls, processor registers of ring 3, accesses to guest memory that may fault.
# System V convention.

#include "layout.inc"

.macro function name
        .globl  \name
        .type   \name, @function
\name:
.endm

.macro fixup start, end, target
        .pushsection .fixup_table, "a"
        .quad   \start, \end, \target
        .popsection
.endm

        .text

# long rom_log(const ulong words[6])
function rom_log
        movq    40(%rdi), %r9
        movq    32(%rdi), %r8
        movq    24(%rdi), %r10
        movq    16(%rdi), %rdx
        movq    8(%rdi), %rsi
        movq    (%rdi), %rdi
        movl    $VMCALL_LOG, %eax
        syscall
        ret

# bool rom_block(): waits for an event, unless one is pending already. An event between test and call restarts the test.
function rom_block
        xorl    %eax, %eax
        movq    rom_state + ROM_VCPU_INFO(%rip), %rdx
        cmpb    $0, (%rdx)
        jne     1f
        movl    $VMCALL_BLOCK, %eax
        syscall
rom_block_end:
        movl    $1, %eax
1:      ret
        .pushsection .restart_table, "a"
        .quad   rom_block, rom_block_end, rom_block
        .popsection

# bool rom_block_while(const uint* place, uint value): waits for an event, unless the place holds another value. An event between test and
# call restarts the test.
function rom_block_while
        xorl    %eax, %eax
        cmpl    %esi, (%rdi)
        jne     1f
        movl    $VMCALL_BLOCK, %eax
        syscall
rom_block_while_end:
        movl    $1, %eax
1:      ret
        .pushsection .restart_table, "a"
        .quad   rom_block_while, rom_block_while_end, rom_block_while
        .popsection

# bool rom_can_read(const byte* first, const byte* last): touches both and every page between.
function rom_can_read
1:      movb    (%rdi), %al
        cmpq    %rsi, %rdi
        jae     2f
        addq    $4096, %rdi
        cmpq    %rsi, %rdi
        jb      1b
        movq    %rsi, %rdi
        jmp     1b
2:      movl    $1, %eax
        ret
        fixup   rom_can_read, 2b, access_failed

# bool rom_can_write(byte* first, byte* last): the same for writing; no byte changes, also for others who write it.
function rom_can_write
1:      lock addb $0, (%rdi)
        cmpq    %rsi, %rdi
        jae     2f
        addq    $4096, %rdi
        cmpq    %rsi, %rdi
        jb      1b
        movq    %rsi, %rdi
        jmp     1b
2:      movl    $1, %eax
        ret
        fixup   rom_can_write, 2b, access_failed

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
3:      ret
        fixup   2b, 3b, 3b

# void rom_cpuid(uint leaf, uint subleaf, uint result[4])
function rom_cpuid
        pushq   %rbx
        movq    %rdx, %r8
        movl    %edi, %eax
        movl    %esi, %ecx
        cpuid
        movl    %eax, (%r8)
        movl    %ebx, 4(%r8)
        movl    %ecx, 8(%r8)
        movl    %edx, 12(%r8)
        popq    %rbx
        ret

# ulong rom_xgetbv(): XCR0. #UD without CR4.OSXSAVE: the caller has checked CPUID.
function rom_xgetbv
        xorl    %ecx, %ecx
        xgetbv
        shlq    $32, %rdx
        orq     %rdx, %rax
        ret

function rom_rdtsc
        rdtsc
        shlq    $32, %rdx
        orq     %rdx, %rax
        ret

function rom_read_fs_base
        rdfsbase %rax
        ret

function rom_write_fs_base
        wrfsbase %rdi
        ret

function rom_read_gs_base
        rdgsbase %rax
        ret

function rom_write_gs_base
        wrgsbase %rdi
        ret

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
        ret
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
1:      ret

        .section .note.GNU-stack, "", @progbits
