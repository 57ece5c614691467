using Tierce.Abi;
using Tierce.Kernel.Objects;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Calls;

/// <summary>Functions with which all calls read their arguments.</summary>
internal static unsafe class Decode
{
    private const ulong LowHalf = 0xffff_ffff;
    private const ulong PriorityMask = 0xff;
    private const int SliceShift = 8;
    private const ulong MostSlice = 1_000_000;

    /// <summary>Finds a capability of a type and with rights in the caller's table, whose object is not being destroyed.</summary>
    public static Status Find(Thread* caller, ulong slot, CapabilityType type, CapRights needed, Capability** result)
    {
        Capability* cap = caller->Domain->Capabilities.Find(slot);
        if (cap == null || cap->Type != type)
        {
            return Status.BadCapability;
        }

        KernelObject* target = KernelObject.Of(cap);
        if (target != null && target->Dying)
        {
            return Status.BadCapability;
        }

        *result = cap;
        return cap->Has(needed) ? Status.Ok : Status.Denied;
    }

    /// <summary>Finds memory, RAM or a device's, with rights.</summary>
    public static Status FindMemory(Thread* caller, ulong slot, CapRights needed, Capability** result)
    {
        Status status = Find(caller, slot, CapabilityType.Memory, needed, result);
        return status == Status.BadCapability ? Find(caller, slot, CapabilityType.DeviceMemory, needed, result) : status;
    }

    /// <summary>Finds the domain to work on: 0 is the caller's own; any other slot must hold a capability with right Control.</summary>
    public static Status FindDomain(Thread* caller, ulong slot, Domain** result)
    {
        if (slot == 0)
        {
            *result = caller->Domain;
            return Status.Ok;
        }

        Capability* cap;
        Status status = Find(caller, slot, CapabilityType.Domain, CapRights.Control, &cap);
        if (status == Status.Ok)
        {
            *result = (Domain*)cap->Object;
        }

        return status;
    }

    /// <summary>Finds an empty slot in the caller's table.</summary>
    public static Status Prepare(Thread* caller, ulong slot, Capability** result) =>
        caller->Domain->Capabilities.Prepare(&caller->Domain->Pool, slot, result);

    /// <summary>
    /// Whether <paramref name="count"/> items from <paramref name="first"/> lie within <paramref name="total"/>, and
    /// <paramref name="count"/> is not 0.
    /// </summary>
    public static bool IsPart(ulong first, ulong count, ulong total) => count != 0 && first < total && count <= total - first;

    /// <summary>Bits 0 to 31.</summary>
    public static ulong Low(ulong value) => value & LowHalf;

    /// <summary>Bits 32 to 63.</summary>
    public static ulong High(ulong value) => value >> 32;

    /// <summary>Whether an address lies in the user half.</summary>
    public static bool IsUser(ulong address) => address < HoleLayout.UserLimit;

    /// <summary>Reads a priority, at most the caller's, and a time slice in microseconds (0: the default).</summary>
    public static Status Priority(Thread* caller, ulong value, int* priority, ulong* sliceTicks)
    {
        ulong level = value & PriorityMask;
        ulong slice = value >> SliceShift;
        if (level >= Scheduler.Priorities || slice > MostSlice)
        {
            return Status.BadArgument;
        }

        if (level > caller->Priority)
        {
            return Status.Denied;
        }

        *priority = (int)level;
        *sliceTicks = Scheduler.ToTicks(slice == 0 ? Scheduler.DefaultSlice : slice);
        return Status.Ok;
    }
}
