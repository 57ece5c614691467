using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Collects root loads and flushes of one hypercall (a multicall is one) and does them once, at its end, when all entries are written and
/// noted. A root load covers every flush, and a full flush covers every address.
/// </summary>
internal static unsafe class Batch
{
    private const uint Root = 1;
    private const uint FlushAll = 2;
    private const uint Gdt = 4;
    private const uint Ldt = 8;

    /// <summary>Roots have changed.</summary>
    internal static void LoadRoot() => Ask(Root);

    /// <summary>Flush everything.</summary>
    internal static void Flush() => Ask(FlushAll);

    /// <summary>Flush one address.</summary>
    internal static void Invalidate(ulong address)
    {
        RomState* state = Machine.State;
        uint count = state->InvalidationCount;
        if (count == RomState.MostInvalidations)
        {
            Flush();
            return;
        }

        state->BatchCall = state->Call;
        state->Invalidations[(int)count] = address;
        state->InvalidationCount = count + 1;
    }

    /// <summary>
    /// Records that a descriptor has changed. The kernel then reads all from the first to the last changed descriptor again.
    /// </summary>
    internal static void Descriptor(DescriptorTable table, uint entry)
    {
        RomState* state = Machine.State;
        uint* range = &state->DescriptorRanges[2 * (int)table];
        uint bit = table == DescriptorTable.Gdt ? Gdt : Ldt;
        if ((state->BatchWork & bit) == 0)
        {
            Ask(bit);
            range[0] = entry;
            range[1] = entry;
        }

        range[0] = entry < range[0] ? entry : range[0];
        range[1] = entry > range[1] ? entry : range[1];
    }

    /// <summary>Does the collected work. Enters the kernel only if there is any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Commit()
    {
        RomState* state = Machine.State;
        if ((state->BatchWork | state->InvalidationCount) != 0)
        {
            CommitWork(state);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CommitWork(RomState* state)
    {
        uint work = state->BatchWork;
        uint count = state->InvalidationCount;
        state->Call = state->BatchCall;
        state->BatchWork = 0;
        state->InvalidationCount = 0;
        LoadDescriptors(state, work & Gdt, DescriptorTable.Gdt);
        LoadDescriptors(state, work & Ldt, DescriptorTable.Ldt);
        if ((work & Root) != 0)
        {
            if (CallCounts.Enter(VmCall.LoadRoot, state->KernelRoot, state->UserRoot) != 0)
            {
                CallCounts.Enter(VmCall.Crash, (ulong)CrashReason.BadRoot, state->KernelRoot);
            }
        }
        else if ((work & FlushAll) != 0)
        {
            CallCounts.Enter(VmCall.Flush);
        }
        else
        {
            for (uint i = 0; i < count; i++)
            {
                CallCounts.Enter(VmCall.Invalidate, state->Invalidations[(int)i]);
            }
        }
    }

    private static void Ask(uint work)
    {
        RomState* state = Machine.State;
        state->BatchWork |= work;
        state->BatchCall = state->Call;
    }

    private static void LoadDescriptors(RomState* state, uint wanted, DescriptorTable table)
    {
        if (wanted != 0)
        {
            uint* range = &state->DescriptorRanges[2 * (int)table];
            CallCounts.Enter(VmCall.LoadDescriptors, (ulong)table, range[0], range[1] - range[0] + 1);
        }
    }
}
