namespace Tierce.Kernel.VirtualCpu;

/// <summary>What the cache knows of a virtual CPU.</summary>
public struct VCpu
{
    public int KernelRoot, UserRoot;

    public ulong KernelRootFrame, UserRootFrame, FaultAddress;
}
