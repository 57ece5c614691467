using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercalls 30 (callback_op) and 4 (set_callbacks): the guest's handlers of events, bad frames and system calls. The handlers of SYSENTER
/// and of SYSCALL in 32-bit code are in the trap table, at vectors of their own. As on Xen, an unknown type is -ENOSYS. Does not enter the
/// kernel.
/// </summary>
internal static unsafe class CallbackOp
{
    // SAFETY: a request that Guest.Read has checked for its size.

    private const uint Register = 0;
    private const uint Unregister = 1;
    private const int NmiVector = 2;
    private const ulong MaskEvents = 1;

    private enum CallbackType
    {
        Event = 0,
        Failsafe = 1,
        Syscall = 2,
        Nmi = 4,
        Sysenter = 5,
        CompatSyscall = 7,
    }

    internal static long Run(ulong operation, ulong argument)
    {
        // struct callback_register: type, flags (16 bits each), address at 8; callback_unregister: type.
        if ((uint)operation > Unregister)
        {
            return Errno.NoCall;
        }

        byte* request = Guest.Read(argument, (uint)operation == Register ? 16UL : 4UL);
        if (request == null)
        {
            return Errno.Fault;
        }

        var type = (CallbackType)(*(ushort*)request);
        return (uint)operation == Register ? Set(type, *(ushort*)(request + 2), *(ulong*)(request + 8)) : Clear(type);
    }

    /// <summary>Hypercall 28, nmi_op: only the handler of NMIs.</summary>
    internal static long Nmi(ulong operation, ulong argument)
    {
        if ((uint)operation == Unregister)
        {
            return Clear(CallbackType.Nmi);
        }

        if ((uint)operation != Register)
        {
            return Errno.NoCall;
        }

        // struct xennmi_callback: address, then a word that is not used.
        ulong* request = (ulong*)Guest.Read(argument, 16);
        return request == null ? Errno.Fault : Set(CallbackType.Nmi, MaskEvents, *request);
    }

    internal static long SetAll(ulong eventAddress, ulong failsafeAddress, ulong syscallAddress)
    {
        Set(CallbackType.Event, 0, eventAddress);
        Set(CallbackType.Failsafe, 0, failsafeAddress);
        Set(CallbackType.Syscall, 0, syscallAddress);
        return 0;
    }

    private static long Set(CallbackType type, ulong flags, ulong address)
    {
        RomState* state = Machine.State;
        if (!Guest.IsCanonical(address))
        {
            return Errno.Invalid;
        }

        switch (type)
        {
            case CallbackType.Event:
                Handlers.SetEvent(address);
                return 0;
            case CallbackType.Failsafe:
                state->FailsafeCallback = address;
                return 0;
            case CallbackType.Syscall:
                Handlers.SetSyscall(address);
                state->SyscallMasks = (byte)(flags & MaskEvents);
                return 0;
            case CallbackType.Nmi:
                // No NMI is ever sent. This is the handler of the software interrupt with that number.
                Handlers.SetTrap(NmiVector, address);
                SetTrapTable.Entry(NmiVector)->Flags = TrapEntry.MaskEvents;
                return 0;
            case CallbackType.Sysenter:
                SetTrap(EntryVector.Sysenter, flags, address);
                return 0;
            case CallbackType.CompatSyscall:
                SetTrap(EntryVector.CompatSyscall, flags, address);
                return 0;
            default:
                return Errno.NoCall;
        }
    }

    private static long Clear(CallbackType type)
    {
        switch (type)
        {
            case CallbackType.Nmi:
                Handlers.SetTrap(NmiVector, 0);
                return 0;
            case CallbackType.Event or CallbackType.Failsafe or CallbackType.Syscall or CallbackType.Sysenter or CallbackType.CompatSyscall:
                return Errno.Invalid;
            default:
                return Errno.NoCall;
        }
    }

    private static void SetTrap(int vector, ulong flags, ulong address)
    {
        TrapEntry* entry = &Machine.State->Traps + vector;
        entry->Address = address;
        entry->Flags = (flags & MaskEvents) != 0 ? TrapEntry.MaskEvents : (byte)0;
    }
}
