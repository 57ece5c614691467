using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Recognises __xen_set_pte, in which Linux spends most of its page-table work as a guest: it makes or queues a hypercall for each
/// entry. Its beginning is changed to call the ROM, which writes the entry at once.
/// </summary>
/// <remarks>
/// Source of the bytes: Debian's Linux 6.1, arch/x86/xen/mmu_pv.c. It is compared whole, but for addresses. What is changed is one
/// call, before the stack is touched, so that Linux's unwind tables stay right, and bytes behind it that nothing reaches any more and
/// that Linux does not rewrite itself: there the ROM finds where Linux keeps what it has told of its direct map and its list of pages,
/// and <see cref="PinFunctions"/> and <see cref="OneTableFunctions"/> have their pointers.
/// </remarks>
public struct TableFunctions
{
    /// <summary>Bytes that change: a call through the pointer behind it, that pointer, the addresses of both variables.</summary>
    public const int ChangeSize = 30;

    /// <summary>Where the addresses of the variables are: as if the call had left them there.</summary>
    public const int VariablesAt = RomCall.Size;

    /// <summary>How many pointers there is room for.</summary>
    public const int Pointers = 7;

    private const int FirstPointers = 4;

    // Between what refers elsewhere.
    private const int FirstPointersAt = 0x24, LastPointersAt = 0x4f;

    // Displacement of page_offset_base.
    private const int PageOffsetAt = 0x67;

    /// <summary>Where the function starts.</summary>
    public int SetEntry;

    private int _pageOffset;

    internal static ReadOnlySpan<byte> SetEntryCode =>
        "4154554889f5534889fb4883ec1048c704240000000048c744240800000000e8????????89c2b8000000804801d84989c40f92c083fa010f84b40000000fb6c048c7042400000000488b3d????????48c7442408000000004885c0750e48c7c700000080482b3d????????4c01e789fb81e3ff0f0000803d????????00743a4881e700f0ffff4809fb48896c24084889e7be0100000048891c2431d241baf07f0000b801000000e8????????4883c4105b5d415ce9????????48c1ef0c483b3d????????0f83c2000000488b05????????488b04f84883f8ff0f84e000000048bfffffffffffffff3f4821c7e9a4000000e8????????488b3d????????48b8ffffff7fffffffff4839d8720e48c7c700000080482b3d????????4c01e789fb81e3ff0f0000803d????????00742d4881e700f0ffff4809fb48896c24084889e748891c24e8????????bf010000004883c4105b5d415ce9????????48c1ef0c483b3d????????7336488b05????????488b04f84883f8ff742e48bfffffffffffffff3f4821c748c1e70ceba9483b3d????????722a48c1e70ce9e8feffff483b3d????????73dfe8????????48c7c700f0ffff4883f8ff0f8478ffffffebbae8????????48c7c700f0ffff4883f8ff0f84b1feffffe905ffffff"u8;

    /// <summary>Finds it, exactly once.</summary>
    /// <param name="text">Kernel text.</param>
    /// <param name="functions">What was found.</param>
    public static bool Find(ReadOnlySpan<byte> text, out TableFunctions functions)
    {
        functions = default;
        functions.SetEntry = BytePattern.FindOnce(text, SetEntryCode);
        if (functions.SetEntry < 0)
        {
            return false;
        }

        functions._pageOffset = BytePattern.Operand(text, functions.SetEntry + PageOffsetAt);
        return true;
    }

    /// <summary>Where in the text a pointer stands.</summary>
    /// <param name="index">Below <see cref="Pointers"/>.</param>
    public readonly int Pointer(int index) => SetEntry
        + (index < FirstPointers ? FirstPointersAt + (index * sizeof(ulong)) : LastPointersAt + ((index - FirstPointers) * sizeof(ulong)));

    /// <summary>The new bytes of the function.</summary>
    /// <param name="code">Takes them.</param>
    /// <param name="entry">The ROM's entry.</param>
    /// <param name="pageArray">Where vmemmap_base is in the text's numbers.</param>
    /// <param name="address">Virtual address of the text.</param>
    public readonly void Change(Span<byte> code, ulong entry, int pageArray, ulong address)
    {
        RomCall.WriteWithPointer(code, entry);
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(RomCall.Size + 8), unchecked(address + (ulong)_pageOffset));
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(RomCall.Size + 16), unchecked(address + (ulong)pageArray));
    }
}
