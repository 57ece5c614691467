using Tierce.Kernel.Arch;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Objects;

/// <summary>Types of a <see cref="Capability"/>.</summary>
public enum CapabilityType : byte
{
    /// <summary>Empty slot.</summary>
    None,

    /// <summary>A range of physical pages. A: first page number, B: pages.</summary>
    Memory,

    /// <summary>Pages mapped in a domain. Object: the domain, A: address, B: first page number | pages &lt;&lt; 48.</summary>
    Mapping,

    /// <summary>A protection domain.</summary>
    Domain,

    /// <summary>A thread of a domain.</summary>
    Thread,

    /// <summary>An IPC endpoint. A: badge.</summary>
    Endpoint,

    /// <summary>A notification. A: shift of the bits signalled through it (0 to 63).</summary>
    Notification,

    /// <summary>An interrupt line (Object: <see cref="InterruptLine"/>).</summary>
    Interrupt,

    /// <summary>A range of I/O ports. A: first, B: count.</summary>
    Ports,

    /// <summary>The kernel's log.</summary>
    Log,

    /// <summary>Power of the machine.</summary>
    Machine,

    /// <summary>A guest address space.</summary>
    Guest,

    /// <summary>A virtual CPU (Object: its thread).</summary>
    VCpu,

    /// <summary>Embedded in a <see cref="KernelObject"/>: parent of all capabilities of that object.</summary>
    ObjectRoot,

    /// <summary>Embedded: a link through which the kernel signals a notification. A: bits.</summary>
    NotificationLink,

    /// <summary>Embedded in a domain: ports enabled in its I/O bitmap. A: first, B: count.</summary>
    PortGrant,

    /// <summary>Embedded in an interrupt line: it is bound.</summary>
    InterruptBinding,

    /// <summary>Embedded in a guest: its frames are in use (child of the memory capability that has them).</summary>
    GuestFrames,

    /// <summary>Embedded in a notification: bits of it go to a virtual CPU (Object: its thread). A: the notification's address.</summary>
    VCpuBinding,

    /// <summary>A range of physical pages that hold no RAM. A: first page number, B: pages.</summary>
    DeviceMemory,

    /// <summary>What a guest grants in its grant table. See <see cref="Grants"/>.</summary>
    Grants,
}
