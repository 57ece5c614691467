namespace Tierce.Kernel.VirtualCpu;

/// <summary>The context of a virtual CPU that a context switch leads to.</summary>
public enum VirtualContext
{
    /// <summary>The one that ran last; also for threads of a domain, which have only one.</summary>
    Same,

    /// <summary>VMINT, from VMUSR.</summary>
    Vmint,

    /// <summary>VMUSR, from VMINT, by RCV.</summary>
    Vmusr,
}
