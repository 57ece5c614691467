namespace Tierce.Kernel.Processors;

/// <summary>
/// Events of a CPU that C# counts, in addition to those that the entry code counts in <see cref="PerCpu"/>. The counters are plain
/// increments, with interrupts off. They are logged when a guest shuts down.
/// </summary>
public unsafe struct Counters
{
    /// <summary>Numbers of virtual CPUs' calls with a counter of their own; higher ones are not counted.</summary>
    public const int MostVmCalls = 16;

    /// <summary>Exceptions that the processor defines.</summary>
    public const int MostExceptions = 32;

    /// <summary>
    /// Calls of virtual CPUs' ROMs by number (<see cref="Abi.VmCall"/>), without the fast returns. The first is also read from outside, as
    /// cpu_other_returns: returns to guest user that entry code did not make.
    /// </summary>
    public fixed ulong VmCalls[MostVmCalls];

    /// <summary>Ring switches of virtual CPUs other than those of a system call and a fast return.</summary>
    public ulong RingSwitches;

    /// <summary>Loads of CR3 with another root, outside the entry code.</summary>
    public ulong RootLoads;

    /// <summary>Loads of CR3 with the same root, to flush.</summary>
    public ulong Flushes;

    /// <summary>INVLPGs.</summary>
    public ulong PageInvalidations;

    /// <summary>Guests' page faults that were misses of the page-table cache, which the guest did not see.</summary>
    public ulong HiddenFaults;

    /// <summary>Interrupts that stopped a guest and entered it through VMINT.</summary>
    public ulong VirtualInterrupts;

    /// <summary>How often a thread has used up its budget before its period ended.</summary>
    public ulong BudgetsUsedUp;

    /// <summary>Barriers of the branch predictors.</summary>
    public ulong Barriers;

    /// <summary>Exceptions of virtual CPUs by vector, hidden ones too.</summary>
    public fixed ulong Exceptions[MostExceptions];
}
