using Tierce.Abi;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// The ring of kernel events. While it is off, each place that records costs the test of one field. Paths in assembly record nothing.
/// </summary>
internal static unsafe class Trace
{
    // SAFETY: pages that start-up set apart for the ring; a place wraps before their end.

    /// <summary>Pages of the ring with its header.</summary>
    public const ulong Pages = 1 + (TraceHeader.Entries * 32 / 4096);

    private static TraceHeader* ring;

    /// <summary>Whether events are recorded.</summary>
    public static bool IsOn => ring != null;

    /// <summary>Takes memory for the ring and logs its address.</summary>
    /// <param name="memory"><see cref="Pages"/> pages.</param>
    /// <param name="physical">Their physical address.</param>
    /// <param name="tscHertz">Ticks of the time-stamp counter a second.</param>
    public static void Start(void* memory, ulong physical, ulong tscHertz)
    {
        ring = (TraceHeader*)memory;
        ring->Magic = TraceHeader.ExpectedMagic;
        ring->TscHertz = tscHertz;
        ring->Count = 0;
        KernelLog.Field("tierce: trace ring at "u8, physical);
        KernelLog.Line();
    }

    /// <summary>Records an event. Only while <see cref="IsOn"/>.</summary>
    public static void Record(TraceKind kind, ulong first, ulong second)
    {
        TraceEntry* entry = (TraceEntry*)((byte*)ring + TraceHeader.Size) + (ring->Count & (TraceHeader.Entries - 1));
        entry->Tsc = Cpu.ReadTsc();
        entry->Kind = (ulong)kind;
        entry->First = first;
        entry->Second = second;
        Volatile.Write(ref ring->Count, ring->Count + 1);
    }
}
