using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// The longest time with interrupts off, by the kind of entry. Only <see cref="EntryPatches"/> leads entries here. Not counted are the some
/// fifty instructions of entry code before and after its handler, and entries that it handles itself, which are shorter.
/// </summary>
internal static unsafe class EntryTimes
{
    /// <summary>First of the kinds of entry that are domains' calls; vectors come before.</summary>
    public const int Calls = 256;

    /// <summary>First that are calls of ROMs.</summary>
    public const int VmCalls = 320;

    /// <summary>Number of kinds.</summary>
    public const int Kinds = 384;

    private static Longest longest;
    private static ulong since;
    private static uint kind;

    /// <summary>Writes the times, if entries are timed.</summary>
    public static void Write()
    {
        if (!EntryPatches.TimesEntries)
        {
            return;
        }

        // SAFETY: a static field of plain numbers does not move.
        fixed (ulong* ticks = longest.Ticks)
        {
            KernelLog.Text("tierce: interrupts-off"u8);
            CounterReport.Many(" exception-"u8, ticks, Vector.FirstInterrupt);
            CounterReport.Many(" interrupt-"u8, ticks + Vector.FirstInterrupt, Calls - Vector.FirstInterrupt);
            CounterReport.Many(" domain-call-"u8, ticks + Calls, VmCalls - Calls);
            CounterReport.Many(" vm-call-"u8, ticks + VmCalls, Kinds - VmCalls);
            KernelLog.Line();
        }
    }

    /// <summary>Interrupts have been on: the processor was idle, or took them in the middle of long work.</summary>
    public static void Restart() => since = Cpu.ReadTsc();

    /// <summary>Interrupts will now be taken in the middle of long work.</summary>
    public static void Interrupted()
    {
        if (EntryPatches.TimesEntries)
        {
            Note();
        }
    }

    /// <summary>An entry begins.</summary>
    public static void Begin(uint entry)
    {
        kind = entry;
        Restart();
    }

    /// <summary>An entry ends, or interrupts are about to be taken.</summary>
    public static void Note()
    {
        ulong ticks = Cpu.ReadTsc() - since;
        if (ticks > longest.Ticks[kind])
        {
            longest.Ticks[kind] = ticks;
        }
    }

    private struct Longest
    {
        public fixed ulong Ticks[Kinds];
    }
}
