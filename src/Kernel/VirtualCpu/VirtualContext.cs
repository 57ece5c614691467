namespace Tierce.Kernel.VirtualCpu;

/// <summary>Which of a virtual CPU's two contexts a context switch leads to.</summary>
public enum VirtualContext
{
    /// <summary>The one that ran last; also for threads of a domain, which have one alone.</summary>
    Same,

    /// <summary>VMINT, from VMUSR.</summary>
    Vmint,

    /// <summary>VMUSR, from VMINT, by RCV.</summary>
    Vmusr,
}
