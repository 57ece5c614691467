using Tierce.Abi;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Objects;

/// <summary>
/// The derivation tree: creating, deleting and revoking capabilities. A budget of elementary steps bounds the work of a call. A method that
/// returns false has done a part, has left everything consistent, and must be called again.
/// </summary>
public static unsafe class Derivation
{
    // SAFETY: a root capability is the first field of its object, and the child of no other; data of a binding is the
    // notification that it lies in.

    /// <summary>Elementary steps of one kernel call; one is a few dozen instructions.</summary>
    public const int CallBudget = 256;

    /// <summary>Price in steps of unmapping (up to 512 page-table entries).</summary>
    private const int MappingPrice = 16;

    /// <summary>Puts a capability in the tree, below <paramref name="parent"/> or, if that is null, at the top.</summary>
    public static void Link(Capability* child, Capability* parent)
    {
        Invariant.Holds(child != parent);
        Invariant.Holds(parent == null || parent->Type != CapabilityType.None);
        Invariant.Holds(parent == null || parent->FirstChild == null || parent->FirstChild->Previous == null);
        child->Parent = parent;
        child->Previous = null;
        child->Next = null;
        if (parent == null)
        {
            return;
        }

        child->Next = parent->FirstChild;
        if (child->Next != null)
        {
            child->Next->Previous = child;
        }

        parent->FirstChild = child;
    }

    /// <summary>Takes a capability, which has no children, out of the tree, and empties it.</summary>
    public static void Remove(Capability* cap)
    {
        Invariant.Holds(cap->FirstChild == null);
        Unlink(cap);
        cap->Type = CapabilityType.None;
        cap->RightBits = 0;
        cap->Object = null;
    }

    /// <summary>Fills an empty slot with a new capability of an object (or range) and links it below <paramref name="parent"/>.</summary>
    public static void Fill(Capability* slot, CapabilityType type, CapRights rights, void* target, ulong a, ulong b, Capability* parent)
    {
        Invariant.Holds(slot->Type == CapabilityType.None && type != CapabilityType.None);
        slot->Type = type;
        slot->RightBits = (byte)rights;
        slot->Object = target;
        slot->A = a;
        slot->B = b;
        slot->FirstChild = null;
        Link(slot, parent);
    }

    /// <summary>
    /// Deletes a capability, and its object if it is the last. The capabilities derived from it move up. Returns false if the budget ran
    /// out, or if a domain has to be destroyed first and now waits for the <see cref="Reaper"/>.
    /// </summary>
    public static bool Delete(PerCpu* cpu, Capability* cap, ref int budget)
    {
        Invariant.Holds(cap->Type != CapabilityType.None);
        if (cap->Type == CapabilityType.ObjectRoot)
        {
            return KernelObject.Destroy(cpu, (KernelObject*)cap, ref budget);
        }

        if (cap->Type == CapabilityType.GuestFrames)
        {
            return KernelObject.Destroy(cpu, (KernelObject*)cap->Object, ref budget);
        }

        if (!LiftChildren(cpu, cap, ref budget))
        {
            return false;
        }

        if (IsLast(cap))
        {
            KernelObject* target = (KernelObject*)cap->Parent;
            bool underWay = target->Kind == ObjectKind.Domain ? target->Dying : target->Revoking;
            if (!underWay)
            {
                return KernelObject.Destroy(cpu, target, ref budget);
            }
        }

        if (!Release(cpu, cap, ref budget))
        {
            return false;
        }

        Remove(cap);
        return true;
    }

    /// <summary>Deletes everything derived from a capability. Returns as <see cref="Delete"/>.</summary>
    public static bool Revoke(PerCpu* cpu, Capability* cap, ref int budget)
    {
        while (cap->FirstChild != null)
        {
            if (budget <= 0 || !Delete(cpu, cap->FirstChild, ref budget))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsLast(Capability* cap) =>
        cap->Parent != null && cap->Parent->Type == CapabilityType.ObjectRoot && cap->Next == null && cap->Previous == null;

    /// <summary>Moves the derived capabilities up. Bindings that were made with the capability end with it.</summary>
    private static bool LiftChildren(PerCpu* cpu, Capability* cap, ref int budget)
    {
        while (cap->FirstChild != null)
        {
            if (--budget < 0)
            {
                return false;
            }

            Capability* child = cap->FirstChild;
            if (child->Type is CapabilityType.InterruptBinding or CapabilityType.VCpuBinding)
            {
                if (!Delete(cpu, child, ref budget))
                {
                    return false;
                }

                continue;
            }

            Unlink(child);
            Link(child, cap->Parent);
        }

        return --budget >= 0;
    }

    /// <summary>Ends the effects of holding the capability, outside the tree.</summary>
    private static bool Release(PerCpu* cpu, Capability* cap, ref int budget)
    {
        switch (cap->Type)
        {
            case CapabilityType.Mapping:
                budget -= MappingPrice;
                Mapping.Release(cap);
                return true;
            case CapabilityType.PortGrant:
                Domain.ReleasePorts(cpu, cap);
                return true;
            case CapabilityType.InterruptBinding:
                return InterruptLine.Unbind(cpu, (InterruptLine*)cap->Object, ref budget);
            case CapabilityType.VCpuBinding:
                Invariant.Holds(&((Notification*)cap->A)->Binding == cap);
                ((Notification*)cap->A)->BoundBits = 0;
                return true;
            default:
                return true;
        }
    }

    private static void Unlink(Capability* cap)
    {
        Invariant.Holds(cap->Next == null || (cap->Next->Previous == cap && cap->Next->Parent == cap->Parent));
        Invariant.Holds(cap->Previous == null || (cap->Previous->Next == cap && cap->Previous->Parent == cap->Parent));
        Invariant.Holds(cap->Previous != null || cap->Parent == null || cap->Parent->FirstChild == cap);
        if (cap->Next != null)
        {
            cap->Next->Previous = cap->Previous;
        }

        if (cap->Previous != null)
        {
            cap->Previous->Next = cap->Next;
        }
        else if (cap->Parent != null)
        {
            cap->Parent->FirstChild = cap->Next;
        }

        cap->Next = null;
        cap->Previous = null;
        cap->Parent = null;
    }
}
