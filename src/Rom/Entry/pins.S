# Linux's functions that pin and unpin all tables of an address space, entered by a call from their changed beginnings (Monitor's
# PinFunctions): behind the call stands where the addresses of page_offset_base and vmemmap_base are (linux.inc). They keep what a
# C function must and run on the guest's stack. As in Linux, no event is delivered meanwhile.
#
# A table is pinned when Linux says so in its struct page. Then Linux's own map shows it read-only, and, if it is one of the lowest
# or the highest level, it is in the table bitmap. No lock is taken that Linux takes: nothing can be wrong in between.

#include "vcpu.inc"
#include "Entry/rom.inc"
#include "Entry/linux.inc"

#define S(field) rom_state + ROM_##field(%rip)

.set PINNED_BIT, 10                     # PG_pinned in struct page's flags
.set WRITABLE_BIT, 1
.set PRESENT_OR_LARGE, 0x81
.set PRESENT, 1
.set NOTE_DROP, 2                       # NoteKind.Drop
.set USER_HALF, 0x800                   # bytes of a top-level table
.set ACCESSED_AND_DIRTY, 0x60           # what may stand in an entry that Linux takes for none

# On the stack, while the tables are looked at.
.set PIN_PAGES, 0                       # vmemmap_base
.set PIN_OFFSET, 8                      # page_offset_base
.set PIN_BITMAP, 16                     # the table bitmap, through the window
.set PIN_REGION, 24                     # 2 MiB of Linux's own map, and where in the window their lowest table is
.set PIN_REGION_TABLE, 32
.set PIN_SIZE, 40
.set CALLED, 8                          # the same from a function that was called

        .text

# ---- __xen_pgd_pin: RSI: the top-level table's address ------------------------------------------------------------------------
        .globl  pin_tables
pin_tables:
        movl    $1, %eax
        jmp     change_tables

# ---- __xen_pgd_unpin: the same ------------------------------------------------------------------------------------------------
        .globl  unpin_tables
unpin_tables:
        xorl    %eax, %eax

# R15D: 1 to pin, 0 to unpin. R14: the window. RBX, RBP, R12: an entry of the top-level table, and of the two below it.
change_tables:
        popq    %r8
        movq    (%r8), %r8
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $PIN_SIZE, %rsp
        movl    %eax, %r15d
        incq    CALLS_MADE(MMUEXT_OP)
        movabsq $WINDOW, %r14
        movq    CALLER_PAGE_ARRAY(%r8), %rax
        movq    (%rax), %rax
        movq    %rax, PIN_PAGES(%rsp)
        movq    CALLER_PAGE_OFFSET(%r8), %rax
        movq    (%rax), %rax
        movq    %rax, PIN_OFFSET(%rsp)
        movq    rom_info_page + INFO_TABLE_BITMAP(%rip), %rax
        shlq    $12, %rax
        addq    %r14, %rax
        movq    %rax, PIN_BITMAP(%rsp)
        movq    $-1, PIN_REGION(%rsp)
        movq    %r8, %r13
        physical %rsi, %rbx, %r13
        movq    %rbx, %rax
        shrq    $12, %rax
        cmpq    rom_info_page + INFO_RAM_FRAMES(%rip), %rax
        jae     tables_end
        movq    %rax, %rcx
        shlq    $6, %rcx
        addq    PIN_PAGES(%rsp), %rcx
        movq    PAGE_PRIVATE(%rcx), %r12
        call    change_declared_table
        testq   %r12, %r12
        jz      tables_walk
        physical %r12, %rbp, %r13
        movq    %rbp, %rax
        shrq    $12, %rax
        cmpq    rom_info_page + INFO_RAM_FRAMES(%rip), %rax
        jae     tables_walk
        call    change_declared_table
tables_walk:
        addq    %r14, %rbx
        jmp     top_first

# Goes on to the next entry in use, which is then in RAX, or to \end. Enter at \first with the table's first entry in \cursor.
.macro next_entry next, first, cursor, cursor32, cursor8, size, end
\next:
        addq    $8, \cursor
        testl   $\size - 1, \cursor32
        jz      \end
        testb   $127, \cursor8
        jnz     2f
\first:
1:      movq    (\cursor), %rax
        .irp    offset, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
        orq     \offset(\cursor), %rax
        .endr
        jnz     2f
        subq    $-128, \cursor
        testl   $\size - 1, \cursor32
        jnz     1b
        jmp     \end
2:      movq    (\cursor), %rax
        testq   $~ACCESSED_AND_DIRTY, %rax
        jz      \next
        shlq    $12, %rax
        shrq    $24, %rax               # frame: bits 12 to 51
        cmpq    rom_info_page + INFO_RAM_FRAMES(%rip), %rax
        jae     \next
.endm

# \cursor begins at the table in frame RAX, which is changed.
.macro enter_table cursor
        movq    %rax, \cursor
        shlq    $12, \cursor
        addq    %r14, \cursor
        call    change_table
.endm

        next_entry top, top_first, %rbx, %ebx, %bl, USER_HALF, tables_done
        enter_table %rbp
        jmp     third_first

        next_entry third, third_first, %rbp, %ebp, %bpl, 4096, top
        enter_table %r12
        jmp     second_first

        next_entry second, second_first, %r12, %r12d, %r12b, 4096, third
        call    change_declared_table
        jmp     second

# What was unpinned is written next: a drain makes Linux's map of it writable in one go, where each table would cost a fault.
tables_done:
        testl   %r15d, %r15d
        jnz     tables_end
        incq    CALLS_ENTERED(MMUEXT_OP)
        movl    $VMCALL_FLUSH, %eax
        syscall
tables_end:
        addq    $PIN_SIZE, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        jmp     return_to_guest

# Pins or unpins the table in frame RAX (below RamFrames), if it is not so yet. Keeps what a C function must.
change_declared_table:
        movq    PIN_BITMAP + CALLED(%rsp), %rdx
        testl   %r15d, %r15d
        jz      1f
        btsq    %rax, (%rdx)
        jmp     change_table
1:      btrq    %rax, (%rdx)
change_table:
        movq    %rax, %rcx
        shlq    $6, %rcx
        addq    PIN_PAGES + CALLED(%rsp), %rcx
        testl   %r15d, %r15d
        jz      1f
        lock btsq $PINNED_BIT, (%rcx)
        jc      table_changed
        jmp     2f
1:      lock btrq $PINNED_BIT, (%rcx)
        jnc     table_changed
        movq    %rax, %rdx
        shlq    $12, %rdx
        orq     $NOTE_DROP, %rdx
        leaq    note_page(%rip), %rdi
        movl    (%rdi), %r10d
        incl    %r10d
        cmpl    $NOTES_CAPACITY, %r10d
        ja      drop_overflows
        movq    %rdx, (%rdi,%r10,8)
        movl    %r10d, (%rdi)

# Where Linux's own map has it: RDX, and its entry: RSI.
2:      shlq    $12, %rax
        addq    PIN_OFFSET + CALLED(%rsp), %rax
        movq    %rax, %rdx
        movq    PIN_REGION_TABLE + CALLED(%rsp), %rsi
        shrq    $21, %rax
        cmpq    PIN_REGION + CALLED(%rsp), %rax
        je      3f
        movq    %rax, %r10
        movq    S(KERNEL_ROOT), %rsi
        shlq    $12, %rsi
        addq    %r14, %rsi
        .irp    shift, 39, 30, 21
        movq    %rdx, %rcx
        shrq    $\shift - 3, %rcx
        andl    $0xff8, %ecx
        movq    (%rsi,%rcx), %rsi
        movl    %esi, %ecx
        andl    $PRESENT_OR_LARGE, %ecx
        cmpl    $PRESENT, %ecx
        jne     table_changed
        shlq    $12, %rsi
        shrq    $24, %rsi
        cmpq    rom_info_page + INFO_ALL_FRAMES(%rip), %rsi
        jae     table_changed
        shlq    $12, %rsi
        addq    %r14, %rsi
        .endr
        movq    %r10, PIN_REGION + CALLED(%rsp)
        movq    %rsi, PIN_REGION_TABLE + CALLED(%rsp)
3:      shrq    $12 - 3, %rdx
        andl    $0xff8, %edx
        addq    %rdx, %rsi
        testb   $PRESENT, (%rsi)
        jz      table_changed
        testl   %r15d, %r15d
        jz      4f
        btrq    $WRITABLE_BIT, (%rsi)
        jnc     table_changed
        jmp     5f
4:      btsq    $WRITABLE_BIT, (%rsi)
        jc      table_changed
5:      movq    %rsi, %rdx
        subq    %r14, %rdx
        leaq    note_page(%rip), %rdi
        movl    (%rdi), %eax
        leal    -1(%rax), %ecx
        cmpl    $NOTES_CAPACITY, %ecx
        jae     6f
        leaq    (%rdi,%rax,8), %rsi
        extend_note 6f, table_changed, table_changed
6:      movq    $0, S(NEXT_ENTRY)
        cmpl    $NOTES_CAPACITY, %eax
        jae     7f
        movq    %rdx, 8(%rdi,%rax,8)
        incl    (%rdi)
table_changed:
        ret
7:      movl    $NOTES_CAPACITY + 1, (%rdi)
        ret
drop_overflows:
        movl    $NOTES_CAPACITY + 1, (%rdi)
        jmp     2b

        .section .note.GNU-stack, "", @progbits
