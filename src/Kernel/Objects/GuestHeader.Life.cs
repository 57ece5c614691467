using Tierce.Abi;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Objects;

/// <summary>The capability system's operations on guests.</summary>
public unsafe partial struct GuestHeader
{
    // SAFETY: a guest begins with its header.

    /// <summary>Most virtual CPUs of a guest.</summary>
    public const int VCpuLimit = 32;

    /// <summary>Most pages of memory for a guest's page-table cache (16 GiB).</summary>
    public const ulong MostCachePages = 1UL << 22;

    /// <summary>Registers a guest that <see cref="GuestSpace.Create"/> has made. Its frames have been checked and marked.</summary>
    public static void Register(GuestHeader* guest, Capability* frames, Capability* cache)
    {
        KernelObject.Initialise(&guest->Object, ObjectKind.Guest, null, cache);
        Derivation.Fill(&guest->Frames, CapabilityType.GuestFrames, CapRights.None, guest, 0, 0, frames);
        guest->FirstPage = frames->A;
        guest->Pages = frames->B;
        guest->CacheFirstPage = cache->A;
        guest->CachePages = cache->B;
        guest->FirstVCpu = null;
    }

    /// <summary>Number of virtual CPUs.</summary>
    public static int CountVCpus(GuestHeader* guest)
    {
        int count = 0;
        for (Thread* thread = guest->FirstVCpu; thread != null; thread = thread->NextInGuest)
        {
            count++;
        }

        return count;
    }

    /// <summary>Removes a virtual CPU that is being destroyed.</summary>
    public static void Forget(GuestHeader* guest, Thread* thread)
    {
        Thread** link = &guest->FirstVCpu;
        while (*link != null && *link != thread)
        {
            link = &(*link)->NextInGuest;
        }

        if (*link != null)
        {
            *link = thread->NextInGuest;
        }
    }

    /// <summary>Destroys the virtual CPUs. Returns as <see cref="Derivation.Delete"/>.</summary>
    public static bool Quiesce(PerCpu* cpu, GuestHeader* guest, ref int budget)
    {
        while (guest->FirstVCpu != null)
        {
            if (--budget < 0 || !KernelObject.Destroy(cpu, &guest->FirstVCpu->Object, ref budget))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Frees the memory of a guest, whose root capability is out of the tree already.</summary>
    public static void Release(GuestHeader* guest)
    {
        Invariant.Holds(guest->FirstVCpu == null && guest->Frames.Type == CapabilityType.GuestFrames);
        Derivation.Remove(&guest->Frames);
        GuestSpace.Destroy((Guest*)guest);
        FrameTable.Remove(guest->FirstPage, guest->Pages, kernel: false);
        FrameTable.Remove(guest->CacheFirstPage, guest->CachePages, kernel: true);
    }
}
