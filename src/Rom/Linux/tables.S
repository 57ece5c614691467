# Linux's function that writes a page-table entry, entered by a call from its changed beginning (Monitor's LinuxChanges): after the call are
# this entry's address and that of Linux's page_offset_base. It keeps what a C function must and runs on the guest's stack.

#include "Linux/linux.inc"

        .text

# ---- __xen_set_pte: RDI: the entry's address, RSI: its value. As Notes.Entry does after the write ---------------------------
# Linux nearly always writes the entry after the last one. The ROM therefore remembers, until the kernel takes the notes, where that entry
# lies and which note covers one entry more then. The note may cover entries that others have noted too. Between the test and the update no
# instruction can fault, which might take the notes: the window, the note page and the ROM's state are always mapped.
set_other_entry:
        physical %rdi, %rdx, %rcx
        movq    %rdx, %rcx
        shrq    $12, %rcx
        jump_if_beyond %rcx, ALL_FRAMES, return_to_guest
        incq    CALLS_MADE(MMU_UPDATE)
        movabsq $HOLE_WINDOW, %r10
        addq    %rdx, %r10
        movq    %rsi, (%r10)
        subq    %rdi, %r10
        leaq    8 * 1(%rdi), %r11
        table_lines_of %ecx, %r8, %r9d
        cmpq    %rcx, (%r8,%r9)
        je      upper_entry
note_written:
        leaq    note_page(%rip), %rdi
        movl    (%rdi), %eax
        leal    -1(%rax), %ecx
        cmpl    $NOTES_CAPACITY, %ecx
        jae     note_entry
        leaq    (%rdi,%rax,8), %rsi     # the last note
        extend_note note_before, return_to_guest, remember_entry
note_before:
        cmpl    $1, %eax
        je      note_entry
        subq    $8, %rsi
        extend_note note_entry, return_to_guest, return_to_guest
note_entry:
        cmpl    $NOTES_CAPACITY, %eax
        jae     1f
        leaq    NOTES_FIRST(%rdi,%rax,8), %rsi
        movq    %rdx, (%rsi)
        incl    (%rdi)
remember_entry:
        testl   $0xfff, %r11d
        jz      return_to_guest
        movq    %r11, NOTES_NEXT(%rdi)
        movq    %r10, S(NEXT_WINDOW)
        movq    %rsi, S(NEXT_NOTE)
        jmp     return_to_guest
1:      movl    $NOTES_CAPACITY + 1, (%rdi)
        jmp     return_to_guest

# In a table of an upper level: its line is in use from now on. Such an entry is not remembered, so that each comes here.
upper_entry:
        movl    %edx, %eax
        andl    $0xfff, %eax
        shrl    $6, %eax
        btsq    %rax, 8 * 1(%r8,%r9)
        xorl    %r11d, %r11d
        jmp     note_written

forget_entry:
        movq    $0, note_page + NOTES_NEXT(%rip)
        jmp     return_to_guest

        global  set_entry
        popq    %rcx
        cmpq    note_page + NOTES_NEXT(%rip), %rdi
        jne     set_other_entry
        movq    S(NEXT_WINDOW), %rcx
        movq    %rsi, (%rdi,%rcx)
        movq    S(NEXT_NOTE), %rcx
        addl    $1 << (NOTES_MORE_SHIFT - 32), 4 * 1(%rcx)
        incq    CALLS_MADE(MMU_UPDATE)
        addq    $8, %rdi
        testl   $0xfff, %edi
        jz      forget_entry
        movq    %rdi, note_page + NOTES_NEXT(%rip)

# Back to the guest kernel, which may have to take an event first.
        global  return_to_guest
        movq    S(VCPU_INFO), %rcx
        cmpw    $1, (%rcx)              # pending and not masked
        je      1f
return_now:
        ret
1:      movq    %rsp, S(EXIT_RSP)
        movq    $0, S(EXIT_RIP)
        jmp     exit_call
        restart_since return_to_guest
        fixup_since return_now, bad_stack
