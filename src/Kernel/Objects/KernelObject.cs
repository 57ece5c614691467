using System.Runtime.InteropServices;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Objects;

/// <summary>Kind of a <see cref="KernelObject"/>.</summary>
public enum ObjectKind : byte
{
    /// <summary>No object.</summary>
    None,

    /// <summary><see cref="Objects.Domain"/>.</summary>
    Domain,

    /// <summary><see cref="Scheduling.Thread"/> of a domain.</summary>
    Thread,

    /// <summary><see cref="Scheduling.Thread"/> that is a virtual CPU.</summary>
    VCpu,

    /// <summary><see cref="Objects.Endpoint"/>.</summary>
    Endpoint,

    /// <summary><see cref="Objects.Notification"/>.</summary>
    Notification,

    /// <summary>A guest address space.</summary>
    Guest,
}

/// <summary>
/// Head of every kernel object that capabilities name. All its capabilities descend from <see cref="Root"/>: when that has no child, the
/// last one is gone, and revoking it removes the object from all domains.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe partial struct KernelObject
{
    /// <summary>Parent of all capabilities of this object.</summary>
    public Capability Root;

    /// <summary>Domain whose pool holds the object; null for domains and guests, which lie in memory of their own.</summary>
    public Domain* Owner;

    /// <summary>Next object in the owner's pool.</summary>
    public KernelObject* Next;

    /// <summary>Previous object in the owner's pool.</summary>
    public KernelObject* Previous;

    /// <summary>Kind of the object that this head belongs to.</summary>
    public ObjectKind Kind;

    /// <summary>Destruction has begun: no new use of it may start.</summary>
    public bool Dying;

    /// <summary>Destruction is removing the capabilities right now: deleting the last one must not start a second destruction.</summary>
    public bool Revoking;
}
