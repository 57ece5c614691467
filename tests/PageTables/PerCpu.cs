namespace Tierce.Kernel.Processors;

/// <summary>What of a CPU's data counts here.</summary>
public struct PerCpu
{
    public Counters Counters;

    public ulong ExitRoot, GlobalFlushes;
}
