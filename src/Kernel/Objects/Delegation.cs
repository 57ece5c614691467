using Tierce.Abi;

namespace Tierce.Kernel.Objects;

/// <summary>Decides which capabilities can be delegated, and copies them.</summary>
public static unsafe class Delegation
{
    /// <summary>
    /// Whether a slot's capability may be delegated: its type and its rights allow it, and its object is not being destroyed.
    /// </summary>
    public static bool IsPossible(Capability* cap)
    {
        if (cap->Type == CapabilityType.Mapping || !cap->Has(CapRights.Delegate))
        {
            return false;
        }

        KernelObject* target = KernelObject.Of(cap);
        return target == null || !target->Dying;
    }

    /// <summary>Makes <paramref name="slot"/> (empty) a copy of <paramref name="source"/>, derived from it, with at most its rights.</summary>
    public static void Derive(Capability* source, Capability* slot, CapRights rights) =>
        Derivation.Fill(slot, source->Type, source->Rights & rights, source->Object, source->A, source->B, source);
}
