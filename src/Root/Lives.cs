using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>The lives of a program or a guest. Each life needs the same resources.</summary>
public struct Lives
{
    /// <summary>Number of consecutive short lives.</summary>
    public uint Short;

    /// <summary>Time-stamp counter at its last start.</summary>
    public ulong StartTsc;

    /// <summary>The present life was ended by request, and is none of the short ones.</summary>
    public bool Killed;

    private SlotAllocator _slots;
    private uint _endSlot;
    private MemoryJournal _journal;

    /// <summary>Begins the first life: records what root allocates from now on.</summary>
    public void Begin(ref RootState root)
    {
        root.Journal = default;
        _slots = root.Slots;
    }

    /// <summary>Ends that record.</summary>
    public void End(in RootState root)
    {
        _endSlot = root.Slots.Next;
        _journal = root.Journal;
        StartTsc = Machine.Tsc();
    }

    /// <summary>Begins a further life, with the resources that <see cref="TakeBack"/> has freed.</summary>
    /// <returns>For <see cref="EndAgain"/>.</returns>
    public readonly SlotAllocator BeginAgain(ref RootState root)
    {
        SlotAllocator others = root.Slots;
        root.Slots = _slots;
        root.Journal = _journal;
        root.Journal.Rewind();
        return others;
    }

    /// <summary>Ends the start of a further life. It took no more than the first.</summary>
    public void EndAgain(ref RootState root, SlotAllocator others)
    {
        bool same = root.Slots.Next <= _endSlot;
        root.Slots = others;
        StartTsc = Machine.Tsc();
        Failure.Check(same ? Status.Ok : Status.BadArgument, "building a program or guest a second time"u8);
    }

    /// <summary>
    /// Destroys the domain of the present life, whatever it does at the moment. The kernel then reports its end. A life that was ended in this
    /// way does not count as a short one.
    /// </summary>
    public void Kill(in DomainParts parts)
    {
        Killed = true;
        var domain = new Capability(parts.DomainSlot);
        domain.Revoke();
        domain.Delete();
    }

    /// <summary>Revokes everything that the life was given: its domain first, then memory and files.</summary>
    public readonly void TakeBack()
    {
        for (uint slot = _slots.Next; slot < _endSlot; slot++)
        {
            // The slots of what is gone already are empty, and the call reports that.
            var capability = new Capability(slot);
            capability.Revoke();
            capability.Delete();
        }
    }
}
