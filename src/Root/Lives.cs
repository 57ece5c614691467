using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>The lives of a program or a guest: what starting it takes, which is the same in each.</summary>
public struct Lives
{
    /// <summary>Short lives in a row.</summary>
    public uint Short;

    /// <summary>Time-stamp counter at its last start.</summary>
    public ulong StartTsc;

    private SlotAllocator _slots;
    private uint _endSlot;
    private MemoryJournal _journal;

    /// <summary>Before the first: what root gives out from now on is noted.</summary>
    public void Begin(ref RootState root)
    {
        root.Journal = default;
        _slots = root.Slots;
    }

    /// <summary>Behind it.</summary>
    public void End(in RootState root)
    {
        _endSlot = root.Slots.Next;
        _journal = root.Journal;
        StartTsc = Machine.Tsc();
    }

    /// <summary>Before a further one, in what <see cref="TakeBack"/> has freed.</summary>
    /// <returns>For <see cref="EndAgain"/>.</returns>
    public readonly SlotAllocator BeginAgain(ref RootState root)
    {
        SlotAllocator others = root.Slots;
        root.Slots = _slots;
        root.Journal = _journal;
        root.Journal.Rewind();
        return others;
    }

    /// <summary>Behind it. It took no more than the first.</summary>
    public void EndAgain(ref RootState root, SlotAllocator others)
    {
        bool same = root.Slots.Next <= _endSlot;
        root.Slots = others;
        StartTsc = Machine.Tsc();
        Failure.Check(same ? Status.Ok : Status.BadArgument, "building a program or guest a second time"u8);
    }

    /// <summary>Takes back all that it was given: its domain goes first, then memory and files, by revocation.</summary>
    public readonly void TakeBack()
    {
        for (uint slot = _slots.Next; slot < _endSlot; slot++)
        {
            // Slots of what is gone already are empty, and say so.
            var capability = new Capability(slot);
            capability.Revoke();
            capability.Delete();
        }
    }
}
