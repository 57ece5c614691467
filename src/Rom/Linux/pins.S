# Linux's functions that pin and unpin all tables of an address space, or one table, entered by a call from their changed beginnings
# (Monitor's LinuxChanges): after the call are the addresses of page_offset_base and vmemmap_base (linux.inc). They keep what a C
# function must and run on the guest's stack. As in Linux, no event is delivered meanwhile.
#
# A table is pinned if Linux has marked its struct page. Linux's own map then shows it read-only, and if it is of the lowest or the highest
# level, it is in the table bitmap. The ROM does not take Linux's locks, because no state in between is harmful.

#include "Linux/linux.inc"

.set PINNED_BIT, 10                     # PG_pinned in struct page's flags
.set WRITABLE_BIT, 1                     # of PAGE_WRITABLE
.set USER_HALF, 0x800                   # bytes of a top-level table


# On the stack, while the tables are walked.
.set PIN_PAGES, 0                       # vmemmap_base
.set PIN_OFFSET, 8                      # page_offset_base
.set PIN_BITMAP, 16                     # the table bitmap, through the window
.set PIN_REGION, 24                     # 2 MiB of Linux's own map, and where in the window their lowest table is
.set PIN_REGION_TABLE, 32
.set PIN_MODE, 40                       # 1 to pin, 0 to unpin
.set PIN_SIZE, 48
.set CALLED, 8                          # the same from a function that was called

        .text

# ---- __xen_pgd_pin: RSI: the top-level table's address ------------------------------------------------------------------------
        global  pin_tables
        movl    $1, %eax
        jmp     change_tables

# ---- __xen_pgd_unpin: the same ------------------------------------------------------------------------------------------------
        global  unpin_tables
        xorl    %eax, %eax

# What is to be done (EAX: 1 to pin, 0 to unpin) and what the functions below need, from where R8 says.
.macro begin_change
        movl    %eax, PIN_MODE(%rsp)
        incq    CALLS_MADE(MMUEXT_OP)
        movabsq $HOLE_WINDOW, %r14
        movq    CALLER_PAGE_ARRAY(%r8), %rax
        movq    (%rax), %rax
        movq    %rax, PIN_PAGES(%rsp)
        movq    CALLER_PAGE_OFFSET(%r8), %rax
        movq    (%rax), %rax
        movq    %rax, PIN_OFFSET(%rsp)
        movq    rom_info_page + INFO_TABLE_BITMAP_FRAME(%rip), %rax
        shlq    $12, %rax
        addq    %r14, %rax
        movq    %rax, PIN_BITMAP(%rsp)
        movq    $-1, PIN_REGION(%rsp)
.endm

# R14: the window. RBX, RBP, R12: an entry of the top-level table, and of the two below it. R13, R15: lines of these two that are left.
change_tables:
        popq    %r8
        movq    (%r8), %r8
        push_registers RBX, RBP, R12, R13, R14, R15
        subq    $PIN_SIZE, %rsp
        begin_change
        movq    %r8, %r13
        physical %rsi, %rbx, %r13
        movq    %rbx, %rax
        shrq    $12, %rax
        jump_if_beyond %rax, RAM_FRAMES, tables_end
        movq    %rax, %rcx
        shlq    $6, %rcx
        addq    PIN_PAGES(%rsp), %rcx
        movq    CALLER_PAGE_PRIVATE(%rcx), %r12
        call    change_declared_table
        testq   %r12, %r12
        jz      tables_walk
        physical %r12, %rbp, %r13
        movq    %rbp, %rax
        shrq    $12, %rax
        jump_if_beyond %rax, RAM_FRAMES, tables_walk
        call    change_declared_table
tables_walk:
        addq    %r14, %rbx
        jmp     top_line

# The frame that an entry in use names, in RAX; if the entry is not, or names none, \next.
.macro entry_frame cursor, next
        movq    (\cursor), %rax
        testq   $~PAGE_ACCESSED_AND_DIRTY, %rax # what may stand in an entry that Linux takes for none
        jz      \next
        shlq    $12, %rax
        shrq    $24, %rax               # bits 12 to 51
        jump_if_beyond %rax, RAM_FRAMES, \next
.endm

top:
        addq    $8, %rbx
        testl   $USER_HALF - 1, %ebx
        jz      tables_done
        testb   $127, %bl
        jnz     top_entry
top_line:
        movq    (%rbx), %rax
        .irp    word, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
        orq     8 * \word(%rbx), %rax
        .endr
        jnz     top_entry
        subq    $-128, %rbx
        testl   $USER_HALF - 1, %ebx
        jnz     top_line
        jmp     tables_done
top_entry:
        entry_frame %rbx, top

# Changes the table in frame RAX, then goes through its entries: each in use comes out at the end of the macro, with its frame in RAX.
.macro enter_table next, cursor, cursor8, lines, end
        table_lines_of %eax, %rdx, %ecx
        movq    $-1, \lines
        cmpq    %rax, (%rdx,%rcx)
        jne     1f
        movq    8 * 1(%rdx,%rcx), \lines
1:      movq    %rax, \cursor
        shlq    $12, \cursor
        leaq    8 * 1(\cursor,%r14), \cursor
        call    change_table
2:      testq   \lines, \lines
        jz      \end
        bsfq    \lines, %rcx
        btrq    %rcx, \lines
        shll    $6, %ecx
        subq    $8, \cursor
        andq    $-4096, \cursor
        addq    %rcx, \cursor
        movq    (\cursor), %rax
        .irp    word, 1, 2, 3, 4, 5, 6, 7
        orq     8 * \word(\cursor), %rax
        .endr
        jnz     3f
        addq    $8, \cursor
        jmp     2b
\next:
        addq    $8, \cursor
        testb   $0x38, \cursor8
        jz      2b
3:      entry_frame \cursor, \next
.endm

        enter_table third, %rbp, %bpl, %r13, top
        enter_table second, %r12, %r12b, %r15, third
        call    change_declared_table
        jmp     second

# Linux writes the unpinned tables next. A drain makes its map of them writable at once; without it each table would cost a fault.
tables_done:
        cmpl    $0, PIN_MODE(%rsp)
        jne     tables_end
        incq    CALLS_ENTERED(MMUEXT_OP)
        kernel_call FLUSH
tables_end:
        addq    $PIN_SIZE, %rsp
        pop_registers R15, R14, R13, R12, RBP, RBX
        jmp     return_to_guest

# The way back unless the table in a frame is pinned. R8: address after the call. RAX and the frame are lost.
.macro return_unless_pinned frame
        shlq    $6, \frame
        movq    CALLER_PAGE_ARRAY(%r8), %rax
        addq    (%rax), \frame
        btq     $PINNED_BIT, (\frame)
        jnc     return_to_guest
.endm

# ---- xen_alloc_pte: RDI: mm, RSI: frame of a table of the lowest level that it gets. Pins it if mm's tables are ----------------
        global  allocate_lowest
        xorl    %r10d, %r10d
        jmp     allocate_table

# ---- xen_alloc_pmd, xen_alloc_pud: the same of an upper level ------------------------------------------------------------------
        global  allocate_upper
        movq    $-1, %r10
allocate_table:
        popq    %r8
        movq    (%r8), %r8
        jump_if_beyond %rsi, RAM_FRAMES, return_to_guest
        table_lines_of %esi, %rdx, %r9d
        movq    %rsi, %rcx
        andq    %r10, %rcx              # the frame, or none
        movq    %rcx, (%rdx,%r9)
        movq    $0, 8 * 1(%rdx,%r9)
        movq    CALLER_ROOT_OFFSET(%r8), %rax
        movq    (%rdi,%rax), %rdi
        movl    $KERNEL_IMAGE_SIZE, %eax
        addq    %rdi, %rax
        jc      1f                      # Linux's own top-level table: always pinned, also before Linux can say so
        movq    CALLER_PAGE_OFFSET(%r8), %rax
        subq    (%rax), %rdi
        shrq    $12, %rdi
        jump_if_beyond %rdi, RAM_FRAMES, return_to_guest
        return_unless_pinned %rdi
1:      pushq   %r14
        subq    $PIN_SIZE, %rsp
        movl    $1, %eax
        begin_change
        movq    %rsi, %rax
        testl   %r10d, %r10d
        jnz     1f
        call    change_declared_table
        jmp     table_end
1:      call    change_table
table_end:
        addq    $PIN_SIZE, %rsp
        popq    %r14
        jmp     return_to_guest

# ---- xen_release_ptpage: RDI: frame of a table of any level that is given back. Unpins it -------------------------------------
        global  release_table
        popq    %r8
        movq    (%r8), %r8
        jump_if_beyond %rdi, RAM_FRAMES, return_to_guest
        movq    %rdi, %rdx
        return_unless_pinned %rdx
        pushq   %r14
        subq    $PIN_SIZE, %rsp
        xorl    %eax, %eax
        begin_change
        movq    %rdi, %rax
        call    change_declared_table
        jmp     table_end

# ---- xen_flush_tlb_one_user: RDI: an address -----------------------------------------------------------------------------------
        global  flush_page
        popq    %rcx
        andq    $-4096, %rdi
        incq    CALLS_MADE(MMUEXT_OP)
        incq    CALLS_ENTERED(MMUEXT_OP)
        kernel_call INVALIDATE
        jmp     return_to_guest

# Pins or unpins the table in frame RAX (below RamFrames), if it is not so yet. Keeps what a C function must.
change_declared_table:
        movq    PIN_BITMAP + CALLED(%rsp), %rdx
        cmpl    $0, PIN_MODE + CALLED(%rsp)
        jz      1f
        btsq    %rax, (%rdx)
        jmp     change_table
1:      btrq    %rax, (%rdx)
change_table:
        movq    %rax, %rcx
        shlq    $6, %rcx
        addq    PIN_PAGES + CALLED(%rsp), %rcx
        cmpl    $0, PIN_MODE + CALLED(%rsp)
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
        andl    $PAGE_PRESENT | PAGE_LARGE, %ecx
        cmpl    $PAGE_PRESENT, %ecx
        jne     table_changed
        shlq    $12, %rsi
        shrq    $24, %rsi
        jump_if_beyond %rsi, ALL_FRAMES, table_changed
        shlq    $12, %rsi
        addq    %r14, %rsi
        .endr
        movq    %r10, PIN_REGION + CALLED(%rsp)
        movq    %rsi, PIN_REGION_TABLE + CALLED(%rsp)
3:      shrq    $12 - 3, %rdx
        andl    $0xff8, %edx
        addq    %rdx, %rsi
        testb   $PAGE_PRESENT, (%rsi)
        jz      table_changed
        cmpl    $0, PIN_MODE + CALLED(%rsp)
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
6:      cmpl    $NOTES_CAPACITY, %eax
        jae     7f
        movq    %rdx, NOTES_FIRST(%rdi,%rax,8)
        incl    (%rdi)
table_changed:
        ret
7:      movl    $NOTES_CAPACITY + 1, (%rdi)
        ret
drop_overflows:
        movl    $NOTES_CAPACITY + 1, (%rdi)
        jmp     2b

        .bss
        .balign 64
        global  table_lines
        .zero   16 * TABLES_KNOWN
