namespace Tierce.Monitor;

/// <summary>
/// Code of Linux as the monitor knows it, as data. A pattern describes a function, or a fragment that stands in many, by its instructions,
/// and leaves open what the linker and the compiler's layout decide: operands that are addresses, the form of a jump, padding.
/// </summary>
/// <remarks>
/// <para>Source: Debian's kernels, arch/x86/xen/mmu_pv.c and enlighten_pv.c. "6.1" stands for 6.1.0-47 to 6.1.0-57, "6.12" for 6.12.100 to
/// 6.12.117 (bookworm's backport), each generic and cloud; "rt" for the same with PREEMPT_RT.</para>
/// <para>A pattern's first line is its name and the kernels that have it. One name may have several patterns. The words after it:</para>
/// <list type="table">
/// <item><term>4889f5</term><description>bytes, as they are</description></item>
/// <item><term>??</term><description>a byte that may be anything: of an operand that does not matter</description></item>
/// <item><term>[89c0]</term><description>bytes that may be missing</description></item>
/// <item><term>(61|21)</term><description>one of these runs of bytes</description></item>
/// <item><term>75&gt;2, eb&gt;2</term><description>a jump to label 2, named by its short form; the near form is the same jump</description></item>
/// <item><term>:2</term><description>label 2</description></item>
/// <item><term>=name, =name+4</term><description>an operand relative to the end of its instruction, which is here or 4 bytes further on</description></item>
/// <item><term>@name</term><description>an operand that is an address itself, or the offset of a processor's variable</description></item>
/// <item><term>=name!, @name!</term><description>the same, and what stands there has to match a pattern of that name</description></item>
/// <item><term>$name, $name+4</term><description>an offset in a structure, of one byte or of four</description></item>
/// <item><term>&amp;name&gt;2</term><description>a fragment, whose label 0 is label 2 here</description></item>
/// <item><term>^0</term><description>where the change begins; other numbers are places that <see cref="LinuxFunctions"/> uses</description></item>
/// </list>
/// <para>A name means the same wherever it is mentioned (<see cref="CodeSymbols"/>). One that begins with a point may differ between
/// functions that share a pattern.</para>
/// </remarks>
public static partial class KnownCode
{
    /// <summary>Parts of <see cref="Text"/>.</summary>
    internal const int Parts = 5;

    /// <summary>All patterns of one part.</summary>
    internal static ReadOnlySpan<byte> Text(int part)
    {
        switch (part)
        {
            case 0: return Fragments;
            case 1: return Helpers;
            case 2: return Tables;
            case 3: return Pins;
            default: return Switches;
        }
    }

    /// <summary>Code that is inlined into many functions: the two ends of a tracepoint, and code that differs between series.</summary>
    private static ReadOnlySpan<byte> Fragments => """
        trace_begin | 6.1, 6.1 rt, 6.12, 6.12 rt
        658b05 =cpu_number [89c0] 480fa305 =__cpu_online_mask 73>0 65ff05 =__preempt_count

        trace_end | 6.1, 6.12, 6.12 rt
        65ff0d =__preempt_count 75>0 e8 ???????? eb>0

        trace_end | 6.1 rt
        65ff0d =__preempt_count 74>1 658b05 =__preempt_count a9ffffff7f 75>0 65488b0425 @current_task
        (8b501485d2|8b701485f6|8b481485c9) 75>0 488b00 a900000800 74>0 :1 e8 ???????? eb>0

        in_interrupt | 6.1, 6.1 rt
        658b05 =__preempt_count a9ffffff7f

        in_interrupt | 6.12, 6.12 rt
        65f705 =__preempt_count+4 ffffff7f

        pgd_of_mm | 6.1, 6.1 rt, 6.12
        488b7f $mm_pgd

        pgd_of_mm | 6.12 rt
        488bbf $mm_pgd+4


        """u8;

    /// <summary>The ten helpers that translate page-table entries, by way of PV_CALLEE_SAVE_REGS_THUNK, and where Linux sizes its frame list.</summary>
    private static ReadOnlySpan<byte> Helpers => """
        xen_translation | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] ^0 51 52 56 57 4150 4151 4152 4153 e8 =.translate! 415b 415a 4159 4158 5f 5e 5a 59 e9 =__x86_return_thunk

        .translate | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 53 4889fb 83e701 75>0 4889d8 5b e9 =__x86_return_thunk :0 488b3d ???????? 48f7d7 4821df
        48c1e70c 48c1ef18 e8 ???????? 488b15 ???????? 4881e200f0ffff 48f7d2 4821da 4889c3 48c1e30c 4889d1 4883e1fe 4809d3
        4883f8ff 480f44d9 4889d8 5b e9 =__x86_return_thunk

        .translate | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 4889f8 a801 75>0 e9 =__x86_return_thunk :0 e8 =pte_pfn_to_mfn! e9 =__x86_return_thunk

        pte_pfn_to_mfn | 6.1, 6.1 rt, 6.12, 6.12 rt
        [f30f1efa] e8 =__fentry__ 488b15 ???????? 53 4889d0 4881e200f0ffff 48f7d2 4821f8 4889d3 48c1e80c 4821fb 483b05
        ???????? 73>0 488b15 ???????? 488b14c2 4883faff 74>1 48b8ffffffffffffff3f 4821d0 :2 48c1e00c 4809d8 :3 5b e9
        =__x86_return_thunk :0 483b05 ???????? 73>2 :1 4889c7 e8 ???????? 4889c1 31c0 4883f9ff 74>3 48baffffffffffffff3f
        4889c8 4821d0 eb>2

        xen_vmalloc_p2m_tree | 6.1, 6.1 rt
        ba ^0 00000008 48c705 ????????02000000 4839d0 488905 ???????? 480f42c2 488d04c5ffff1f00 48250000e0ff


        """u8;
}
