using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Recognises the two functions in which Linux spends most of its page-table work as a guest: __xen_set_pte, which makes or queues a
/// hypercall for each entry, and __xen_pgd_walk, which looks at every entry of an address space's upper tables when it is pinned and
/// unpinned. Their beginnings are changed to call the ROM, which does the same: an entry is written at once, and the walk passes eight
/// empty entries at a time.
/// </summary>
/// <remarks>
/// Source of the bytes: Debian's Linux 6.1, arch/x86/xen/mmu_pv.c. Both are compared whole, but for addresses. What is changed is one
/// call, before the stack is touched, so that Linux's unwind tables stay right, and 24 bytes behind it that nothing reaches any more
/// and that Linux does not rewrite itself. Linux keeps what it has told of its direct map and its list of pages in two variables.
/// </remarks>
public struct TableFunctions
{
    /// <summary>Bytes that change: a call through the pointer behind it, that pointer, the addresses of both variables.</summary>
    public const int ChangeSize = 30;

    /// <summary>Where in __xen_pgd_walk the change begins: behind the call of __fentry__, which Linux rewrites.</summary>
    public const int WalkAt = 5;

    private const int SearchLimit = 1 << 20;
    private const int CallSize = 6;

    // Displacements: of page_offset_base in the one, of vmemmap_base in the other.
    private const int PageOffsetAt = 0x67, PageArrayAt = 0x134;

    /// <summary>Where the functions start.</summary>
    public int SetEntry, Walk;

    private int _pageOffset, _pageArray;

    internal static ReadOnlySpan<byte> SetEntryCode =>
        "4154554889f5534889fb4883ec1048c704240000000048c744240800000000e8????????89c2b8000000804801d84989c40f92c083fa010f84b40000000fb6c048c7042400000000488b3d????????48c7442408000000004885c0750e48c7c700000080482b3d????????4c01e789fb81e3ff0f0000803d????????00743a4881e700f0ffff4809fb48896c24084889e7be0100000048891c2431d241baf07f0000b801000000e8????????4883c4105b5d415ce9????????48c1ef0c483b3d????????0f83c2000000488b05????????488b04f84883f8ff0f84e000000048bfffffffffffffff3f4821c7e9a4000000e8????????488b3d????????48b8ffffff7fffffffff4839d8720e48c7c700000080482b3d????????4c01e789fb81e3ff0f0000803d????????00742d4881e700f0ffff4809fb48896c24084889e748891c24e8????????bf010000004883c4105b5d415ce9????????48c1ef0c483b3d????????7336488b05????????488b04f84883f8ff742e48bfffffffffffffff3f4821c748c1e70ceba9483b3d????????722a48c1e70ce9e8feffff483b3d????????73dfe8????????48c7c700f0ffff4883f8ff0f8478ffffffebbae8????????48c7c700f0ffff4883f8ff0f84b1feffffe905ffffff"u8;

    internal static ReadOnlySpan<byte> WalkCode =>
        "e8????????4157488d41ff41564155415455534883ec404889442410483dffef7fff0f87380300008b0d????????4889d548897c240831db48c7c200ffffff4989f148d3e24889d048d3e84189c3b81000000048d3e04181e3ff0100004801d04589dd48d3e889c2488b44241081e2ff01000048d3e825ff010000448d5001894424044589d64189d2eb0d4883c3014139de0f8e520200004139dd77054139da77e9498b3cd9e9????????4885ff74dbe9????????ff15????????488b15????????482305????????482500f0ffff488b3c1048f7c79fffffff74afff15????????488b15????????482305????????482500f0ffff4c8d2410b8000000804c01e00f826602000048c7c6000000804829d64801c64c894c2418488b7c2408ba0200000048c1ee0c448954242848c1e606480335????????e8????????395c2404448b54242889d9c70424000200004c8b4c24180f84ea010000488b44241044895424304531ff894c242848c1e8154c894c243825ff01000048895c2420488b5c240883c00144896c242c4589fd8944241844897424344d89e6498b3e48f7c79fffffff0f8406010000ff15????????81e780000000488b0d????????0f84750100004881e1000000c0488b15????????4821c1be000000804c8d24114c01e60f827c01000048c7c0000000804829d04801c6ba030000004889df48c1ee0c48c1e606480335????????e8????????b8000200008b5424283954240475138b042483e8014139c5b8000200000f4444241848984d8d3cc4eb094983c4084d39fc746e498b3c2448f7c79fffffff74eaff15????????4885c0740d4889c283e2014883ea014831d0488b15????????4889d14881e200f0ffff4881e10000e0ff81e7800000004889df480f44ca4983c408ba040000004889ce4821c648c1ee06480335????????e8????????4d39fc75928b04244183c5014983c6084139c50f85d6feffff488b5c2420448b742434448b6c242c448b5424304883c3014c8b4c24384139de0f8faefdffffb8000000804c89ce4c8b6424084801c6727e48c7c000000080482b05????????4801c64c89e74889e831d248c1ee0c48c1e606480335????????4883c4405b5d415c415d415e415fe9????????cc4881e100f0ffffe986feffff4c8b7c241049c1ef1e4181e7ff010000418d4701890424e9fafdffff0f0b488b05????????e982feffff488b35????????e998fdffff488b05????????eb87"u8;

    /// <summary>Finds both, each exactly once.</summary>
    /// <param name="text">Kernel text.</param>
    /// <param name="functions">What was found.</param>
    public static bool Find(ReadOnlySpan<byte> text, out TableFunctions functions)
    {
        functions = default;
        functions.SetEntry = BytePattern.FindOnce(text, SetEntryCode, SearchLimit);
        functions.Walk = BytePattern.FindOnce(text, WalkCode, SearchLimit);
        if (functions.SetEntry < 0 || functions.Walk < 0)
        {
            return false;
        }

        functions._pageOffset = BytePattern.Operand(text, functions.SetEntry + PageOffsetAt);
        functions._pageArray = BytePattern.Operand(text, functions.Walk + PageArrayAt);
        return true;
    }

    /// <summary>The new bytes of either function.</summary>
    /// <param name="code">Takes them.</param>
    /// <param name="entry">The ROM's entry.</param>
    /// <param name="address">Virtual address of the text.</param>
    public readonly void Change(Span<byte> code, ulong entry, ulong address)
    {
        code[0] = 0xff;
        code[1] = 0x15;
        BinaryPrimitives.WriteInt32LittleEndian(code.Slice(2), 0);
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(CallSize), entry);
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(CallSize + 8), unchecked(address + (ulong)_pageOffset));
        BinaryPrimitives.WriteUInt64LittleEndian(code.Slice(CallSize + 16), unchecked(address + (ulong)_pageArray));
    }
}
