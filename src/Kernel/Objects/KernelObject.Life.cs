using Tierce.Abi;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Objects;

/// <summary>Creation and destruction of kernel objects.</summary>
public unsafe partial struct KernelObject
{
    // SAFETY: every object begins with its head, but a thread, whose head is found by Thread.Of; Kind says which it is.

    /// <summary>Initialises an object whose page comes from the pool of <paramref name="owner"/> (null: its own memory).</summary>
    public static void Initialise(KernelObject* target, ObjectKind kind, Domain* owner, Capability* rootParent)
    {
        Derivation.Fill(&target->Root, CapabilityType.ObjectRoot, CapRights.None, target, 0, 0, rootParent);
        target->Kind = kind;
        target->Dying = false;
        target->Revoking = false;
        target->Owner = owner;
        target->Previous = null;
        target->Next = null;
        if (owner == null)
        {
            return;
        }

        Invariant.Holds(owner->FirstObject == null || owner->FirstObject->Previous == null);
        target->Next = owner->FirstObject;
        if (target->Next != null)
        {
            target->Next->Previous = target;
        }

        owner->FirstObject = target;
    }

    /// <summary>The object of a capability; null for types without one.</summary>
    public static KernelObject* Of(Capability* cap) => cap->Type switch
    {
        CapabilityType.Thread or CapabilityType.VCpu => &((Thread*)cap->Object)->Object,
        CapabilityType.Domain or CapabilityType.Endpoint or CapabilityType.Notification or CapabilityType.Guest
            or CapabilityType.NotificationLink => (KernelObject*)cap->Object,
        _ => null,
    };

    /// <summary>
    /// Destroys an object: stops its use, removes its capabilities everywhere, and returns its memory. A domain is left to the
    /// <see cref="Reaper"/>. Returns as <see cref="Derivation.Delete"/>.
    /// </summary>
    public static bool Destroy(PerCpu* cpu, KernelObject* target, ref int budget)
    {
        if (target->Kind == ObjectKind.Domain)
        {
            Reaper.Add(cpu, (Domain*)target);
            return false;
        }

        target->Dying = true;
        if (!Quiesce(cpu, target, ref budget))
        {
            return false;
        }

        target->Revoking = true;
        bool revoked = Derivation.Revoke(cpu, &target->Root, ref budget);
        target->Revoking = false;
        if (!revoked)
        {
            return false;
        }

        Invariant.Holds(target->Dying && target->Root.Type == CapabilityType.ObjectRoot);
        Derivation.Remove(&target->Root);
        if (target->Kind == ObjectKind.Guest)
        {
            GuestHeader.Release((GuestHeader*)target);
            return true;
        }

        Leave(target);
        if (target->Kind is ObjectKind.Thread or ObjectKind.VCpu)
        {
            ThreadLife.Release(ThreadLife.Of(target));
        }
        else
        {
            target->Owner->Pool.Give(target);
        }

        return true;
    }

    private static bool Quiesce(PerCpu* cpu, KernelObject* target, ref int budget) => target->Kind switch
    {
        ObjectKind.Thread or ObjectKind.VCpu => ThreadLife.Quiesce(cpu, ThreadLife.Of(target), ref budget),
        ObjectKind.Endpoint => Endpoint.Quiesce(cpu, (Endpoint*)target, ref budget),
        ObjectKind.Notification => Notification.Quiesce(cpu, (Notification*)target, ref budget),
        ObjectKind.Guest => GuestHeader.Quiesce(cpu, (GuestHeader*)target, ref budget),
        _ => true,
    };

    private static void Leave(KernelObject* target)
    {
        Invariant.Holds(target->Next == null || target->Next->Previous == target);
        Invariant.Holds(target->Previous == null ? target->Owner->FirstObject == target : target->Previous->Next == target);
        if (target->Next != null)
        {
            target->Next->Previous = target->Previous;
        }

        if (target->Previous != null)
        {
            target->Previous->Next = target->Next;
        }
        else
        {
            target->Owner->FirstObject = target->Next;
        }
    }
}
