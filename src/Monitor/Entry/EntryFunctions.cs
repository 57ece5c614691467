using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Recognises the three functions through which Linux writes page-table entries of the lower levels: xen_set_pte, which only calls
/// __xen_set_pte, and xen_set_pmd and xen_set_pud, which write the entry or, if the table is pinned, queue a hypercall for it. Each
/// then begins with a jump to __xen_set_pte, which calls the ROM (<see cref="TableFunctions"/>): it writes the entry at once,
/// whatever its level and whether its table is pinned, and notes it.
/// </summary>
/// <remarks>
/// Source of the bytes: Debian's Linux 6.1, arch/x86/xen/mmu_pv.c. They are compared whole but for addresses, with xen_page_pinned and
/// the two functions that make the hypercall. xen_set_pmd and xen_set_pud differ in addresses alone. The jump stands behind the call of
/// __fentry__ and before the stack is touched, and ends before the place of a tracepoint; with it the three tracepoints never fire.
/// </remarks>
public struct EntryFunctions
{
    /// <summary>Where the changes begin: behind the call of __fentry__, which Linux rewrites.</summary>
    public const int ChangeAt = RomCall.BehindFentry;

    /// <summary>Bytes that change in each function.</summary>
    public const int ChangeSize = 5;

    /// <summary>How many there are.</summary>
    public const int Count = 3;

    private const byte Jump = 0xe9;

    // Operands: xen_set_pte's jump to __xen_set_pte; the others' call of xen_page_pinned and jump to what makes the hypercall.
    private const int LowestJumpAt = 0x18, PinnedCallAt = 0x13, HypercallJumpAt = 0x73;

    private int _lowest, _second, _third;

    internal static ReadOnlySpan<byte> LowestCode =>
        "e8????????554889f5534889fb66904889ee4889df5b5de9????????658b05????????89c0480fa305????????73e065ff05????????488b05????????4885c0740f488b78084889f24889dee8????????65ff0d????????75b5e8????????ebae"u8;

    internal static ReadOnlySpan<byte> UpperCode =>
        "e8????????554889f5534889fb66904889dfe8????????84c0754f48892b5b5de9????????658b05????????89c0480fa305????????73d765ff05????????488b05????????4885c0740f488b78084889f24889dee8????????65ff0d????????75ace8????????eba54889ee4889df5b5de9????????"u8;

    internal static ReadOnlySpan<byte> HypercallCode =>
        "e8????????554889fd534889f34883ec1048c704240000000048c74424080000000065ff05????????e8????????4889efe8????????4889e74889042448895c2408e8????????bf01000000e8????????65ff0d????????740b4883c4105b5de9????????e8????????4883c4105b5de9????????"u8;

    internal static ReadOnlySpan<byte> PinnedCode =>
        "e8????????eb39b8000000804801c7723948c7c000000080482b05????????4801c748c1ef0c48c1e70648033d????????488b0748c1e80a83e001e9????????b801000000e9????????488b05????????ebcc"u8;

    /// <summary>Finds all three.</summary>
    /// <param name="text">Kernel text.</param>
    /// <param name="setEntry">Where __xen_set_pte stands in it.</param>
    /// <param name="functions">What was found.</param>
    public static bool Find(ReadOnlySpan<byte> text, int setEntry, out EntryFunctions functions)
    {
        functions = default;
        Span<int> upper = stackalloc int[Count - 1];
        int lowest = BytePattern.FindOnce(text, LowestCode);
        if (lowest < 0 || BytePattern.Operand(text, lowest + LowestJumpAt) != setEntry || !BytePattern.FindAll(text, UpperCode, upper))
        {
            return false;
        }

        foreach (int function in upper)
        {
            if (!BytePattern.IsAt(text, BytePattern.Operand(text, function + PinnedCallAt), PinnedCode)
                || !BytePattern.IsAt(text, BytePattern.Operand(text, function + HypercallJumpAt), HypercallCode))
            {
                return false;
            }
        }

        functions._lowest = lowest;
        functions._second = upper[0];
        functions._third = upper[1];
        return true;
    }

    /// <summary>Where a function starts.</summary>
    /// <param name="index">Below <see cref="Count"/>.</param>
    public readonly int Start(int index) => index == 0 ? _lowest : index == 1 ? _second : _third;

    /// <summary>The new bytes of a function, from <see cref="ChangeAt"/> on: a jump.</summary>
    /// <param name="code">Takes <see cref="ChangeSize"/> bytes.</param>
    /// <param name="index">Below <see cref="Count"/>.</param>
    /// <param name="setEntry">Where __xen_set_pte stands in the text.</param>
    public readonly void Change(Span<byte> code, int index, int setEntry)
    {
        code[0] = Jump;
        BinaryPrimitives.WriteInt32LittleEndian(code.Slice(1), setEntry - (Start(index) + ChangeAt + ChangeSize));
    }
}
