using Tierce.Abi;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Calls;

/// <content><see cref="KernelCall.GuestCreate"/>. Revoking either memory destroys the guest.</content>
public static unsafe partial class KernelCalls
{
    // SAFETY: a guest begins with its header.

    private static Status GuestCreate(Thread* caller)
    {
        GuestCreateArguments* arguments = Thread.Arguments<GuestCreateArguments>(caller);
        Capability* memory;
        Status status = Decode.Find(caller, arguments->Memory, CapabilityType.Memory, AccessRights, &memory);
        if (status != Status.Ok)
        {
            return status;
        }

        Capability* cache;
        status = DecodeKernelMemory(caller, arguments->Cache, &cache);
        if (status != Status.Ok)
        {
            return status;
        }

        if (cache->B > GuestHeader.MostCachePages || Overlap(memory, cache))
        {
            return Status.BadArgument;
        }

        if (!FrameTable.CanAdd(memory->A, memory->B, kernel: false))
        {
            return Status.BadState;
        }

        Capability* slot;
        status = Decode.Prepare(caller, arguments->Slot, &slot);
        if (status != Status.Ok)
        {
            return status;
        }

        Guest* guest;
        status = GuestSpace.Create(memory->A, memory->B, cache->A, cache->B, arguments->BitmapFrame, arguments->NoteFrame, arguments->Settings, &guest);
        if (status != Status.Ok)
        {
            return status;
        }

        FrameTable.Add(memory->A, memory->B, kernel: false);
        FrameTable.Add(cache->A, cache->B, kernel: true);
        GuestHeader* header = (GuestHeader*)guest;
        GuestHeader.Register(header, memory, cache);
        Derivation.Fill(slot, CapabilityType.Guest, CapRights.All, guest, 0, 0, &header->Object.Root);
        return Status.Ok;
    }

    private static bool Overlap(Capability* one, Capability* other) => one->A < other->A + other->B && other->A < one->A + one->B;
}
