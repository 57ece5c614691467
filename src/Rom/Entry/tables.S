# Two of Linux's page-table functions, entered by a call from their changed beginnings (Monitor's TableFunctions): behind the call
# stand this entry's address and the addresses of Linux's page_offset_base and vmemmap_base. They keep what a C function must, run on
# the guest's stack and hold nothing in the ROM's state, so that the guest may switch its tasks in what the walk calls.

#include "vcpu.inc"
#include "Entry/rom.inc"
#include "Entry/regions.inc"
#include "Entry/linux.inc"

#define S(field) rom_state + ROM_##field(%rip)

.set WINDOW, 0xffff810000000000         # HoleLayout.Window
.set INFO_ALL_FRAMES, 8                 # RomInfo.AllFrames
.set NOTES_CAPACITY, 511                # NotePage.Capacity
.set NOTES_MORE_SHIFT, 52               # NotePage.MoreShift
.set NOTES_LONGEST_GAP, 8               # Notes.LongestGap
.set ACCESSED_AND_DIRTY, 0x60           # what may stand in an entry that Linux takes for none
.set GUARD_HOLE_START, 256              # top-level slots of the hole (HoleLayout), which Linux passes over
.set GUARD_HOLE_END, 272

        .text

# ---- __xen_set_pte: RDI: the entry's address, RSI: its value. As Notes.Entry does after the write ---------------------------
# Linux nearly always writes the entry behind the last one: where that lies is remembered, and its note is the last, which then
# speaks of one entry more. Each note that is added forgets what was remembered, or replaces it; a drain leaves no notes.
        .globl  set_entry
set_entry:
        cmpq    S(NEXT_ENTRY), %rdi
        jne     set_other_entry
        movl    note_page(%rip), %eax
        cmpl    S(NEXT_NOTES), %eax
        jne     set_other_entry
        movq    S(NEXT_WINDOW), %rcx
        movq    %rsi, (%rdi,%rcx)
        leaq    note_page(%rip), %rcx
        addl    $1 << (NOTES_MORE_SHIFT - 32), 4(%rcx,%rax,8)
        incq    CALLS_MADE(MMU_UPDATE)
        popq    %rcx
        addq    $8, %rdi
        testl   $0xfff, %edi
        jz      forget_entry
        movq    %rdi, S(NEXT_ENTRY)
        jmp     return_to_guest
forget_entry:
        movq    $0, S(NEXT_ENTRY)
        jmp     return_to_guest

set_other_entry:
        popq    %rcx
        physical %rdi, %rdx, %rcx
        movq    %rdx, %rcx
        shrq    $12, %rcx
        cmpq    rom_info_page + INFO_ALL_FRAMES(%rip), %rcx
        jae     return_to_guest
        incq    CALLS_MADE(MMU_UPDATE)
        movabsq $WINDOW, %r10
        addq    %rdx, %r10
        movq    %rsi, (%r10)
        subq    %rdi, %r10
        leaq    8(%rdi), %r11
        leaq    note_page(%rip), %rdi
        movl    (%rdi), %eax
        leal    -1(%rax), %ecx
        cmpl    $NOTES_CAPACITY, %ecx
        jae     note_entry
        leaq    (%rdi,%rax,8), %rsi     # the last note
.macro extend_note other, extended
        movq    (%rsi), %rcx
        movq    %rcx, %r8
        xorq    %rdx, %r8
        shlq    $64 - NOTES_MORE_SHIFT, %r8
        testq   $~0xff8000, %r8         # another frame or kind
        jnz     \other
        movl    %edx, %r8d
        subl    %ecx, %r8d
        js      \other
        shrl    $3, %r8d
        movq    %rcx, %r9
        shrq    $NOTES_MORE_SHIFT, %r9
        subl    %r9d, %r8d
        jle     return_to_guest
        cmpl    $NOTES_LONGEST_GAP, %r8d
        ja      \other
        shlq    $NOTES_MORE_SHIFT, %r8
        addq    %r8, (%rsi)
        jmp     \extended
.endm
        extend_note note_before, remember_entry
note_before:
        cmpl    $1, %eax
        je      note_entry
        subq    $8, %rsi
        extend_note note_entry, return_to_guest
note_entry:
        cmpl    $NOTES_CAPACITY, %eax
        jae     1f
        movq    %rdx, 8(%rdi,%rax,8)
        incl    %eax
        movl    %eax, (%rdi)
remember_entry:
        testl   $0xfff, %r11d
        jz      forget_entry
        movq    %r11, S(NEXT_ENTRY)
        movq    %r10, S(NEXT_WINDOW)
        movl    %eax, S(NEXT_NOTES)
        jmp     return_to_guest
1:      movl    $NOTES_CAPACITY + 1, (%rdi)
        movq    $0, S(NEXT_ENTRY)

# Back to the guest kernel, which may have to take an event first.
        .globl  return_to_guest
return_to_guest:
        movq    S(VCPU_INFO), %rcx
        cmpw    $1, (%rcx)              # pending and not masked
        je      1f
return_now:
        ret
1:      movq    %rsp, S(EXIT_RSP)
        movq    $0, S(EXIT_RIP)
        jmp     exit_call
return_to_guest_end:
        restart return_to_guest, return_to_guest_end
        fixup   return_now, return_to_guest_end, bad_stack

# ---- __xen_pgd_walk: RDI: mm, RSI: the top-level table's address, RDX: what to call, RCX: end of the addresses ---------------
# Calls with mm, the table's struct page and its level for each table, the top-level one last.
.set WALK_MM, 0
.set WALK_VISIT, 8
.set WALK_LAST, 16
.set WALK_TOP, 24
.set WALK_PAGES, 32

# Goes on to the next entry in use, which is then in RAX, or to \end. Enter at \first with the table's first entry in \cursor.
.macro next_entry next, first, cursor, cursor32, cursor8, end
\next:
        addq    $8, \cursor
        testl   $0xfff, \cursor32
        jz      \end
        testb   $127, \cursor8
        jnz     2f
\first:
1:      movq    (\cursor), %rax
        .irp    offset, 8, 16, 24, 32, 40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120
        orq     \offset(\cursor), %rax
        .endr
        jnz     2f
        addq    $128, \cursor
        testl   $0xfff, \cursor32
        jnz     1b
        jmp     \end
2:      movq    (\cursor), %rax
        testq   $~ACCESSED_AND_DIRTY, %rax
        jz      \next
.endm

# Adds the address of an entry to \base; what lies behind the walk's end ends it.
.macro entry_base cursor32, shift, base, end
        movl    \cursor32, %ecx
        andl    $0xff8, %ecx
        shlq    $\shift - 3, %rcx
        leaq    (\base,%rcx), %rdx
        cmpq    WALK_LAST(%rsp), %rdx
        ja      \end
.endm

# The table that RAX names: \cursor begins at it, and it is visited.
.macro enter_table level, cursor, next
        shlq    $12, %rax
        shrq    $24, %rax               # frame: bits 12 to 51
        cmpq    rom_info_page + INFO_ALL_FRAMES(%rip), %rax
        jae     \next
        movq    %rax, %rsi
        shlq    $12, %rax
        leaq    (%rax,%r14), \cursor
        shlq    $6, %rsi
        addq    WALK_PAGES(%rsp), %rsi
        movl    $\level, %edx
        movq    WALK_MM(%rsp), %rdi
        call    *WALK_VISIT(%rsp)
.endm

        .globl  walk_tables
walk_tables:
        popq    %rax
        pushq   %rbx
        pushq   %rbp
        pushq   %r12
        pushq   %r13
        pushq   %r14
        pushq   %r15
        subq    $40, %rsp
        movq    %rdi, WALK_MM(%rsp)
        movq    %rdx, WALK_VISIT(%rsp)
        decq    %rcx
        movq    %rcx, WALK_LAST(%rsp)
        movq    %rax, %r8
        movq    CALLER_PAGE_ARRAY(%r8), %rax
        movq    (%rax), %rax
        movq    %rax, WALK_PAGES(%rsp)
        physical %rsi, %rbx, %r8
        movq    %rbx, WALK_TOP(%rsp)
        movq    %rbx, %rax
        shrq    $12, %rax
        cmpq    rom_info_page + INFO_ALL_FRAMES(%rip), %rax
        jae     walk_end
        movabsq $WINDOW, %r14
        addq    %r14, %rbx
        jmp     walk_top_first

        next_entry walk_top, walk_top_first, %rbx, %ebx, %bl, walk_done
        movl    %ebx, %ecx
        andl    $0xff8, %ecx
        movl    %ecx, %edx
        shrl    $3, %edx
        subl    $GUARD_HOLE_START, %edx
        cmpl    $GUARD_HOLE_END - GUARD_HOLE_START, %edx
        jb      walk_top
        shlq    $36 + 16, %rcx          # to the top, and back with its sign: canonical
        sarq    $16, %rcx
        cmpq    WALK_LAST(%rsp), %rcx
        ja      walk_done
        movq    %rcx, %r13
        enter_table 2, %rbp, walk_top
        jmp     walk_third_first

        next_entry walk_third, walk_third_first, %rbp, %ebp, %bpl, walk_top
        entry_base %ebp, 30, %r13, walk_top
        movq    %rdx, %r15
        enter_table 3, %r12, walk_third
        jmp     walk_second_first

        next_entry walk_second, walk_second_first, %r12, %r12d, %r12b, walk_third
        entry_base %r12d, 21, %r15, walk_third
        shlq    $12, %rax
        shrq    $24, %rax
        movq    %rax, %rsi
        shlq    $6, %rsi
        addq    WALK_PAGES(%rsp), %rsi
        movl    $4, %edx
        movq    WALK_MM(%rsp), %rdi
        call    *WALK_VISIT(%rsp)
        jmp     walk_second

walk_done:
        movq    WALK_TOP(%rsp), %rsi
        shrq    $6, %rsi
        addq    WALK_PAGES(%rsp), %rsi
        xorl    %edx, %edx
        movq    WALK_MM(%rsp), %rdi
        call    *WALK_VISIT(%rsp)
walk_end:
        addq    $40, %rsp
        popq    %r15
        popq    %r14
        popq    %r13
        popq    %r12
        popq    %rbp
        popq    %rbx
        jmp     return_to_guest

        .section .note.GNU-stack, "", @progbits
