using System;
using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;

namespace Tierce.Kernel.Arch;

/// <summary>
/// Whether the half that both roots of a guest share is global. Its translations then stay in the TLB over a ring switch, which loads CR3
/// twice in a system call, and every other load of a root has to flush them itself (<see cref="RootRegister"/>). Start-up decides this
/// once: if the processor keeps nothing over a load of CR3, as an emulator may, nothing is global and no load does extra work.
/// </summary>
internal static unsafe class GlobalPages
{
    // SAFETY: the kernel's own tables, and a page of the device slot that is mapped here, used, and unmapped; at start, when
    // nothing else runs.

    /// <summary>CR4.PGE: a change of it empties the whole TLB (Intel SDM vol. 3, 4.10.4.1).</summary>
    public const ulong Enable = 1UL << 7;

    /// <summary>Entry of the device table that is free.</summary>
    private const int ProbeSlot = 2;

    private static bool kept;

    /// <summary>The shared half of guests is global.</summary>
    public static bool Kept => kept;

    /// <summary>
    /// Decides while the kernel's text can still be written: by <c>globals=on</c> or <c>globals=off</c> of the kernel's command line, or
    /// without an option by a test of the processor. With <see cref="Isolation"/> nothing is global.
    /// </summary>
    public static void Initialise(ReadOnlySpan<byte> options)
    {
        bool asked = options.IndexOf("globals=on"u8) >= 0;
        kept = !Isolation.Enabled && (asked || (options.IndexOf("globals=off"u8) < 0 && ProcessorKeeps()));
        if (kept)
        {
            EntrySites.Divert(ImageSymbols.GlobalSites());
        }

        KernelLog.Text(kept ? "tierce: guests' user pages are global"u8 : "tierce: guests' user pages are not global"u8);
        KernelLog.Text(asked ? ", as asked"u8 : kept ? ": the TLB keeps them over a load of CR3"u8 : ""u8);
        KernelLog.Line();
    }

    /// <summary>Changes the mapping of a global page without a flush, loads CR3, and tests which mapping the processor uses.</summary>
    private static bool ProcessorKeeps()
    {
        ulong* entry = KernelPaging.DeviceTable() + ProbeSlot;
        ulong* page = (ulong*)(HoleLayout.KernelDevices + (ProbeSlot << 12));
        ulong* first = (ulong*)ImageSymbols.ImageStart();
        ulong* second = (ulong*)ImageSymbols.KernelRoot();
        Point(entry, first);
        ulong before = Volatile.Read(ref *page);
        Point(entry, second);
        Cpu.LoadRoot(Cpu.ReadRoot());
        ulong after = Volatile.Read(ref *page);
        Volatile.Write(ref *entry, 0);
        Cpu.InvalidatePage((ulong)page);
        return before == *first && after == before && before != *second;
    }

    private static void Point(ulong* entry, void* page) =>
        Volatile.Write(ref *entry, Machine.ToPhysical(page) | PageEntry.Present | PageEntry.Global | PageEntry.NoExecute);
}
