using System.Runtime.InteropServices;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Memory;

namespace Tierce.Kernel.Objects;

/// <summary>A protection domain: address space, capabilities, I/O ports and the memory that the kernel may use for them.</summary>
/// <remarks>It lies in the first page of its own pool memory.</remarks>
[StructLayout(LayoutKind.Sequential)]
public unsafe partial struct Domain
{
    /// <summary>Most port ranges of a domain.</summary>
    public const int PortRanges = 4;

    /// <summary>Head of the object; its root is a child of the memory capability that became the pool.</summary>
    public KernelObject Object;

    /// <summary>Kernel memory.</summary>
    public Pool Pool;

    /// <summary>Physical address of the top-level page table.</summary>
    public ulong TopTable;

    /// <summary>Capabilities.</summary>
    public CapabilitySpace Capabilities;

    /// <summary>Memory of the pool.</summary>
    public ulong FirstPage, Pages;

    /// <summary>Threads that have neither ended nor faulted.</summary>
    public ulong LiveThreads;

    /// <summary>First object in the pool.</summary>
    public KernelObject* FirstObject;

    /// <summary>First mapping into this domain.</summary>
    public Capability* FirstMapping;

    /// <summary>Notification that is signalled when a thread faults or the last one ends.</summary>
    public Capability Supervisor;

    /// <summary>Port ranges enabled: <see cref="PortRanges"/> capabilities of type PortGrant or None.</summary>
    public Capability Ports0, Ports1, Ports2, Ports3;

    /// <summary>It has, or once had, ports: a switch from it hides the processor's bitmap, and a switch to it shows it.</summary>
    public bool HasPorts;

    /// <summary>Next in the reaper's stack.</summary>
    public Domain* NextDying;

    /// <summary>Next slot for destruction to delete.</summary>
    public uint ReapCursor;

    /// <summary>The line that the domain is writing to the log.</summary>
    public LogLine Line;
}
