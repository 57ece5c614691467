using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Diagnostics;

/// <summary>Writes a CPU's counters to the log: one line of names and numbers since start-up, without those that are zero.</summary>
internal static unsafe class CounterReport
{
    /// <summary>Writes the line.</summary>
    public static void Write(PerCpu* cpu)
    {
        Fold(cpu);
        KernelLog.Text("tierce: counters"u8);
        One(" system-calls="u8, cpu->SystemCalls);
        One(" fast-returns="u8, cpu->FastReturns);
        One(" hypercalls="u8, cpu->Hypercalls);
        One(" interrupts="u8, cpu->Interrupts);
        One(" virtual-interrupts="u8, cpu->Counters.VirtualInterrupts);
        One(" domain-calls="u8, cpu->Calls);
        One(" context-switches="u8, cpu->ContextSwitches);
        One(" ring-switches="u8, cpu->Counters.RingSwitches);
        One(" root-loads="u8, cpu->Counters.RootLoads);
        One(" flushes="u8, cpu->Counters.Flushes);
        One(" global-flushes="u8, cpu->GlobalFlushes);
        One(" invlpgs="u8, cpu->Counters.PageInvalidations);
        One(" barriers="u8, cpu->Counters.Barriers);
        One(" hidden-faults="u8, cpu->Counters.HiddenFaults);
        Many(" vm-call-"u8, cpu->Counters.VmCalls, Counters.MostVmCalls);
        Many(" exception-"u8, cpu->Counters.Exceptions, Counters.MostExceptions);
        KernelLog.Line();
        EntryTimes.Write();
    }

    /// <summary>Numbered counters, those that are not zero.</summary>
    public static void Many(System.ReadOnlySpan<byte> name, ulong* values, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (values[i] != 0)
            {
                KernelLog.Text(name);
                KernelLog.Number((ulong)i);
                One("="u8, values[i]);
            }
        }
    }

    /// <summary>Entry code raises one counter for each event. This adds each to all totals that such an event contributes to.</summary>
    private static void Fold(PerCpu* cpu)
    {
        Counters* counters = &cpu->Counters;
        counters->Exceptions[Vector.PageFault] += cpu->UserFaults;
        counters->VmCalls[(int)Abi.VmCall.ReturnToUser] += cpu->IretReturns;
        counters->RingSwitches += cpu->UserFaults + cpu->IretReturns;
        counters->RootLoads += cpu->UserFaults + cpu->IretReturns;
        cpu->UserFaults = 0;
        cpu->IretReturns = 0;
    }

    private static void One(System.ReadOnlySpan<byte> name, ulong value)
    {
        if (value != 0)
        {
            KernelLog.Text(name);
            KernelLog.Number(value);
        }
    }
}
