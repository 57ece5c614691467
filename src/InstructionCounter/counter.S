# A plug-in of QEMU (its interface version 1, qemu-plugin.h) that counts the instructions that the machine executes: unlike the machine's
# clock under -icount, the count stands still while the processor is idle. The machine marks a moment by an instruction that does nothing,
# below; the count of each mark goes to the file that the plug-in's one argument names (out=FILE), as 8 bytes, when QEMU ends.
#
# The count is taken block by block: one that is left early, by a page fault say, counts whole.

    .set MARK, 0x5449455200841f0f       # nopl 0x54494552(%rax,%rax): bench_mark in src/GuestBench
    .set MARK_SIZE, 8
    .set MOST_MARKS, 4096
    .set ADD_TO_U64, 0                  # QEMU_PLUGIN_INLINE_ADD_U64
    .set NO_REGISTERS, 0                # QEMU_PLUGIN_CB_NO_REGS
    .set CREATE_FILE, 01101             # O_WRONLY|O_CREAT|O_TRUNC
    .set FOR_OWNER, 0600
    .set VALUE, 4                       # length of "out="

    .data
    .globl qemu_plugin_version
    .type qemu_plugin_version, @object
qemu_plugin_version:
    .long   1
    .size qemu_plugin_version, . - qemu_plugin_version

    .bss
    .balign 8
executed:
    .skip   8
marked:
    .skip   8
path:
    .skip   8
marks:
    .skip   8 * MOST_MARKS

    .text

# int qemu_plugin_install(id, info, int count, char **arguments)
    .globl qemu_plugin_install
    .type qemu_plugin_install, @function
qemu_plugin_install:
    pushq   %rbx
    movq    %rdi, %rbx
    cmpl    $1, %edx
    jne     1f
    movq    (%rcx), %rdi
    addq    $VALUE, %rdi
    call    strdup@PLT
    movq    %rax, path(%rip)
    movq    %rbx, %rdi
    leaq    translated(%rip), %rsi
    call    qemu_plugin_register_vcpu_tb_trans_cb@PLT
    movq    %rbx, %rdi
    leaq    ended(%rip), %rsi
    xorl    %edx, %edx
    call    qemu_plugin_register_atexit_cb@PLT
    xorl    %eax, %eax
    popq    %rbx
    ret
1:  movl    $1, %eax
    popq    %rbx
    ret
    .size qemu_plugin_install, . - qemu_plugin_install

# void translated(id, block): each execution of the block adds its instructions.
    .type translated, @function
translated:
    pushq   %rbx
    pushq   %r12
    pushq   %r13
    pushq   %r14
    pushq   %r15
    movq    %rsi, %rbx
    movq    %rbx, %rdi
    call    qemu_plugin_tb_n_insns@PLT
    movq    %rax, %r12
    movq    %rbx, %rdi
    movl    $ADD_TO_U64, %esi
    leaq    executed(%rip), %rdx
    movq    %r12, %rcx
    call    qemu_plugin_register_vcpu_tb_exec_inline@PLT
    xorl    %r13d, %r13d
1:  cmpq    %r12, %r13
    jae     3f
    movq    %rbx, %rdi
    movq    %r13, %rsi
    call    qemu_plugin_tb_get_insn@PLT
    movq    %rax, %r14
    movq    %r14, %rdi
    call    qemu_plugin_insn_size@PLT
    cmpq    $MARK_SIZE, %rax
    jne     2f
    movq    %r14, %rdi
    call    qemu_plugin_insn_data@PLT
    movabsq $MARK, %rcx
    cmpq    %rcx, (%rax)
    jne     2f
    movq    %r14, %rdi
    leaq    reached(%rip), %rsi
    movl    $NO_REGISTERS, %edx
    xorl    %ecx, %ecx
    call    qemu_plugin_register_vcpu_insn_exec_cb@PLT
2:  incq    %r13
    jmp     1b
3:  popq    %r15
    popq    %r14
    popq    %r13
    popq    %r12
    popq    %rbx
    ret
    .size translated, . - translated

# void reached(processor, data): the machine executes a mark.
    .type reached, @function
reached:
    movq    marked(%rip), %rax
    cmpq    $MOST_MARKS, %rax
    jae     1f
    movq    executed(%rip), %rdx
    leaq    marks(%rip), %rcx
    movq    %rdx, (%rcx,%rax,8)
    incq    marked(%rip)
1:  ret
    .size reached, . - reached

# void ended(id, data): QEMU ends.
    .type ended, @function
ended:
    pushq   %rbx
    movq    path(%rip), %rdi
    movl    $CREATE_FILE, %esi
    movl    $FOR_OWNER, %edx
    xorl    %eax, %eax
    call    open@PLT
    movl    %eax, %ebx
    movl    %ebx, %edi
    leaq    marks(%rip), %rsi
    movq    marked(%rip), %rdx
    shlq    $3, %rdx
    call    write@PLT
    movl    %ebx, %edi
    call    close@PLT
    popq    %rbx
    ret
    .size ended, . - ended

    .section .note.GNU-stack, "", @progbits
