using System;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;

namespace Tierce.Kernel.Arch;

/// <summary>
/// On processors subject to Meltdown, the roots of guests and domains hold only an entry page of the kernel. Every entry then loads the
/// kernel's root, and every exit loads the other again (<c>isolation.S</c>). Start-up decides this once.
/// </summary>
internal static unsafe class Isolation
{
    // SAFETY: tables for roots without the kernel: the image lists their addresses, each is one page of 512 entries.

    private const uint CapabilitiesMsr = 0x10a;
    private const ulong NotSubject = 1;
    private const uint HasCapabilities = 1U << 29;

    private static bool enabled;

    /// <summary>Whether roots of guests and domains leave out the kernel.</summary>
    public static bool Enabled => enabled;

    /// <summary>Top-level table whose kernel slots every root has.</summary>
    public static ulong* SharedTable => (ulong*)ImageSymbols.Isolation()->Tables;

    /// <summary>Where the processor stores the frame of an entry from ring 3.</summary>
    public static ulong StackTop => ImageSymbols.Isolation()->StackTop;

    /// <summary>
    /// Sets it up while the kernel's text can still be written, if an option requests it or, without an option, the processor needs it.
    /// </summary>
    public static void Initialise(ReadOnlySpan<byte> options)
    {
        enabled = options.IndexOf("isolation=on"u8) >= 0 || (options.IndexOf("isolation=off"u8) < 0 && IsSubject());
        KernelLog.Text(enabled ? "tierce: user roots hold the entry page alone"u8 : "tierce: user roots hold the kernel"u8);
        KernelLog.Line();
        if (enabled)
        {
            // Global translations stay in the TLB after a change of root, where others could read them.
            Cpu.WriteCr4(Cpu.ReadCr4() & ~GlobalPages.Enable);
            BuildTables(ImageSymbols.Isolation());
            EntrySites.Divert(&ImageSymbols.Isolation()->FirstSite);
        }
    }

    /// <summary>
    /// AMD's processors are not subject to it, nor those that report it (Intel SDM vol. 4, IA32_ARCH_CAPABILITIES, RDCL_NO).
    /// </summary>
    private static bool IsSubject()
    {
        uint* result = stackalloc uint[4];
        Cpu.Identify(0, 0, result);
        if (result[1] == 0x6874_7541 || result[1] == 0x6f67_7948)
        {
            return false; // AuthenticAMD, HygonGenuine
        }

        Cpu.Identify(7, 0, result);
        return (result[3] & HasCapabilities) == 0 || (Cpu.ReadMsr(CapabilitiesMsr) & NotSubject) == 0;
    }

    private static void BuildTables(IsolationLayout* layout)
    {
        ulong* table = (ulong*)layout->Tables;
        int slot = PageEntry.Index(HoleLayout.KernelImage, 4);
        for (int level = 4; level > 1; level--, table += PageEntry.Count)
        {
            // The image begins 2 MiB above KernelImage, at the same place of a table of level 2.
            int index = level == 4 ? slot : PageEntry.Index(layout->TextStart, level);
            table[index] = Machine.ToPhysical(table + PageEntry.Count) | PageEntry.Present | PageEntry.Writable;
        }

        Show(table, layout->TextStart, layout->TextEnd, 0);
        Show(table, layout->DataStart, layout->DataEnd, PageEntry.Writable | PageEntry.NoExecute);
    }

    private static void Show(ulong* table, ulong start, ulong end, ulong rights)
    {
        for (ulong page = start; page < end; page += 4096)
        {
            table[PageEntry.Index(page, 1)] = Machine.ToPhysical((void*)page) | PageEntry.Present | rights;
        }
    }
}

/// <summary>Addresses that <c>isolation.S</c> defines.</summary>
internal struct IsolationLayout
{
    public ulong Tables, TextStart, TextEnd, DataStart, DataEnd, StackTop, FirstSite;
}
