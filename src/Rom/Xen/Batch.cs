using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Root loads and flushes of one hypercall (a multicall is one) are gathered and done once, at its end, when all its entries
/// are written and noted. A root load covers every flush, a flush covers every address.
/// </summary>
internal static unsafe class Batch
{
    private const uint Root = 1;
    private const uint FlushAll = 2;

    /// <summary>Roots have changed.</summary>
    internal static void LoadRoot() => Machine.State->BatchWork |= Root;

    /// <summary>Flush everything.</summary>
    internal static void Flush() => Machine.State->BatchWork |= FlushAll;

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

        state->Invalidations[(int)count] = address;
        state->InvalidationCount = count + 1;
    }

    /// <summary>Does what was gathered. Enters the kernel only if there is work.</summary>
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
        state->BatchWork = 0;
        state->InvalidationCount = 0;
        if ((work & Root) != 0)
        {
            if (Machine.Call(VmCall.LoadRoot, state->KernelRoot, state->UserRoot) != 0)
            {
                Machine.Call(VmCall.Crash, (ulong)CrashReason.BadRoot, state->KernelRoot);
            }
        }
        else if ((work & FlushAll) != 0)
        {
            Machine.Call(VmCall.Flush);
        }
        else
        {
            for (uint i = 0; i < count; i++)
            {
                Machine.Call(VmCall.Invalidate, state->Invalidations[(int)i]);
            }
        }
    }
}
