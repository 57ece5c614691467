using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 13: many hypercalls in one. Between two of them it tests for events: if one is due, the rest of the list becomes a new
/// multicall that the guest makes again after it has handled the event. An iret ends the list, because the guest kernel is not running
/// after it. Enters the kernel at most once for all page-table work.
/// </summary>
internal static unsafe class Multicall
{
    // SAFETY: a list that was checked as a whole; the word on the guest's stack by Guest.Write.

    /// <summary>Size of struct multicall_entry: number, result, six arguments.</summary>
    private const ulong EntrySize = 64;

    /// <summary>Bytes of the SYSCALL instruction, which is run again to continue.</summary>
    private const ulong SyscallLength = 2;

    private const uint Iret = 23;

    internal static long Run(ulong entries, ulong count)
    {
        RomState* state = Machine.State;
        if (state->InMulticall != 0)
        {
            return Errno.Invalid;
        }

        count = (uint)count;
        if (count == 0)
        {
            return 0;
        }

        byte* list = Guest.Write(entries, count * EntrySize);
        if (list == null)
        {
            return Errno.Fault;
        }

        state->InMulticall = 1;
        long result = 0;
        for (ulong i = 0; i < count; i++, list += EntrySize)
        {
            if (i != 0 && Events.IsDue)
            {
                result = Continue(state, i);
                break;
            }

            ulong* entry = (ulong*)list;
            if ((uint)entry[0] == Iret)
            {
                entry[1] = 0;
                result = Leave(state);
                break;
            }

            entry[1] = (ulong)Hypercalls.Dispatch((uint)entry[0], entry[2], entry[3], entry[4], entry[5], entry[6]);
        }

        state->InMulticall = 0;
        return result;
    }

    /// <summary>
    /// Resumes the guest for an iret, with the stack of the multicall. If the guest called, a return address lies on that stack above the
    /// frame; the address of the way out replaces it.
    /// </summary>
    private static long Leave(RomState* state)
    {
        if (state->ExitRip != 0)
        {
            state->ExitRip = Machine.IretEntry;
            return 0;
        }

        ulong* address = (ulong*)Guest.Write(state->ExitRsp, sizeof(ulong));
        if (address == null)
        {
            return Errno.Fault;
        }

        *address = Machine.IretEntry;
        return 0;
    }

    private static long Continue(RomState* state, ulong done)
    {
        RegisterFrame* frame = &state->Frame;
        frame->Rdi += done * EntrySize;
        frame->Rsi -= done;

        // 0: the guest called, and its return address stays on its stack.
        state->ExitRip = state->ExitRip == 0 ? Machine.HypercallCallEntry : state->ExitRip - SyscallLength;
        return (long)HypercallNumber.Multicall;
    }
}
