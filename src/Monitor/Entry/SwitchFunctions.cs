using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Recognises the two functions with which Linux, as a guest, switches between processes: xen_write_cr3, which queues hypercalls for
/// the two top-level tables, and xen_load_sp0, which queues one for the kernel's stack. Their beginnings are changed to call the ROM,
/// which does the same at once; a switch of processes then leaves Linux nothing to queue.
/// </summary>
/// <remarks>
/// Source of the bytes: Debian's Linux 6.1, arch/x86/xen/mmu_pv.c and enlighten_pv.c. Both are compared whole but for addresses, with
/// what xen_write_cr3 calls and what decides its result: xen_get_user_pgd, __xen_write_cr3 and set_current_cr3. What is changed is one
/// call, behind that of __fentry__ and before the stack is touched, and addresses behind it that nothing executes. Linux rewrites none
/// of those bytes: what it rewrites (returns, calls of pv_ops, tracepoints) lies further on.
/// </remarks>
public struct SwitchFunctions
{
    /// <summary>Where the changes begin: behind the call of __fentry__, which Linux rewrites.</summary>
    public const int ChangeAt = RomCall.BehindFentry;

    /// <summary>Bytes that change in xen_write_cr3: a call through the pointer behind it, that pointer, and four addresses.</summary>
    public const int RootChangeSize = RomCall.Size + (5 * sizeof(ulong));

    /// <summary>Bytes that change in xen_load_sp0: the call, its pointer and one address.</summary>
    public const int StackChangeSize = RomCall.Size + (2 * sizeof(ulong));

    // In xen_write_cr3: operands page_offset_base and xen_cr3, calls of xen_get_user_pgd and __xen_write_cr3.
    private const int PageOffsetAt = 0x0d, RootAt = 0x30, UserTableCallAt = 0x12, QueueCallAt = 0x3d;

    // Operands: vmemmap_base in xen_get_user_pgd, set_current_cr3 in __xen_write_cr3, xen_current_cr3 in that, x86_tss.sp0 in xen_load_sp0.
    private const int PageArrayAt = 0x71, CallbackAt = 0x73, CurrentRootAt = 0x09, StackAt = 0x37;

    /// <summary>Where the functions start.</summary>
    public int WriteRoot, LoadStack;

    private int _pageOffset, _pageArray;
    private long _root, _currentRoot, _stack;

    internal static ReadOnlySpan<byte> WriteRootCode =>
        "e8????????554889fd5348033d????????e8????????4889c3658b05????????a9ffffff7f7463e8????????6548892d????????bf010000004889eee8????????4885db742fb8000000804801c3724748c7c000000080482b05????????488d340331ffe8????????bf020000005b5de9????????31ff31f6e8????????bf020000005b5de9????????ff15????????f6c40274920f0b488b05????????ebbe"u8;

    internal static ReadOnlySpan<byte> UserTableCode =>
        "e8????????4889f881e7ff0f0000482500f0ffff48c1ef0348ba00f0ffffff7f00008b0d????????be0100000048d3e6488d5416ff48f7de4821f248d3ea31c981e2ff0100004839d7733eba000000804801d0723c48c7c200000080482b15????????4801d048c1e80c48c1e006480305????????488b4028488d0cf84885c0b800000000480f44c84889c8e9????????488b15????????ebc9"u8;

    internal static ReadOnlySpan<byte> QueueCode =>
        "e8????????5589fd534889f34883ec1848c704240000000048c74424080000000048c7442410000000000f1f4400004885db74564889df48c1ef0c803d????????0074724885ff0f94c021e884c074420f0b31ff48897c24084889e7c7042405000000e8????????6548891d????????48c7c7????????4889dee8????????4883c4185b5de9????????89e831ff84c075be4084ed75bd48897c24084889e7c704240f000000e8????????4883c4185b5de9????????483b3d????????737c488b05????????488b04f84883f8ff747848bfffffffffffffff3f4821c74885ff0f94c021e8e962ffffff658b05????????89c0480fa305????????0f832effffff65ff05????????488b05????????4885c07410400fb6f7488b78084889dae8????????65ff0d????????0f85fefeffffe8????????e9f4feffff483b3d????????0f83fcfeffffe8????????4889c74883f8ff0f8438ffffff48b8ffffffffffffff3f4821c7e9d8feffff"u8;

    internal static ReadOnlySpan<byte> CallbackCode =>
        "e8????????6548893d????????e9????????"u8;

    internal static ReadOnlySpan<byte> LoadStackCode =>
        "e8????????554889e5534889fbe8????????31ffe8????????48c7000300000048c7401018000000488958186690e8????????6548891d????????488b5df8c9e9????????"u8;

    /// <summary>Finds both, each exactly once, and what they refer to.</summary>
    /// <param name="text">Kernel text.</param>
    /// <param name="address">Its virtual address.</param>
    /// <param name="functions">What was found.</param>
    public static bool Find(ReadOnlySpan<byte> text, ulong address, out SwitchFunctions functions)
    {
        functions = default;
        int root = BytePattern.FindOnce(text, WriteRootCode);
        int stack = BytePattern.FindOnce(text, LoadStackCode);
        if (root < 0 || stack < 0)
        {
            return false;
        }

        int userTable = BytePattern.Operand(text, root + UserTableCallAt);
        int queue = BytePattern.Operand(text, root + QueueCallAt);
        if (!BytePattern.IsAt(text, userTable, UserTableCode) || !BytePattern.IsAt(text, queue, QueueCode))
        {
            return false;
        }

        int callback = BytePattern.Address(text, queue + CallbackAt, address);
        if (!BytePattern.IsAt(text, callback, CallbackCode))
        {
            return false;
        }

        functions.WriteRoot = root;
        functions.LoadStack = stack;
        functions._pageOffset = BytePattern.Operand(text, root + PageOffsetAt);
        functions._pageArray = BytePattern.Operand(text, userTable + PageArrayAt);
        functions._root = BytePattern.Operand(text, root + RootAt);
        functions._currentRoot = BytePattern.Operand(text, callback + CurrentRootAt);
        functions._stack = BytePattern.Operand(text, stack + StackAt);
        return true;
    }

    /// <summary>The new bytes of xen_write_cr3, from <see cref="ChangeAt"/> on.</summary>
    /// <param name="code">Takes <see cref="RootChangeSize"/> bytes.</param>
    /// <param name="entry">The ROM's entry.</param>
    /// <param name="address">Virtual address of the text.</param>
    public readonly void ChangeRoot(Span<byte> code, ulong entry, ulong address)
    {
        RomCall.WriteWithPointer(code, entry);
        Write(code, 1, address, _pageOffset);
        Write(code, 2, address, _pageArray);
        Write(code, 3, address, _root);
        Write(code, 4, address, _currentRoot);
    }

    /// <summary>The new bytes of xen_load_sp0, from <see cref="ChangeAt"/> on.</summary>
    /// <inheritdoc cref="ChangeRoot"/>
    public readonly void ChangeStack(Span<byte> code, ulong entry, ulong address)
    {
        RomCall.WriteWithPointer(code, entry);
        Write(code, 1, address, _stack);
    }

    private static void Write(Span<byte> code, int index, ulong address, long offset) =>
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(RomCall.Size + (index * sizeof(ulong))), unchecked(address + (ulong)offset));
}
