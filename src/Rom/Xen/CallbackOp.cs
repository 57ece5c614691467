using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercalls 30 (callback_op) and 4 (set_callbacks): the guest's handlers of events, bad frames and system calls.
/// Those of SYSENTER and of SYSCALL in 32-bit code stand in the trap table, at vectors of their own. Enters the kernel: no.
/// </summary>
internal static unsafe class CallbackOp
{
    private const ulong Register = 0;
    private const ulong Unregister = 1;
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
        byte* request = Guest.Read(argument, operation == Register ? 16UL : 4UL);
        if (request == null)
        {
            return Errno.Fault;
        }

        var type = (CallbackType)(*(ushort*)request);
        return operation switch
        {
            Register => Set(type, *(ushort*)(request + 2), *(ulong*)(request + 8)),
            Unregister => type is CallbackType.Nmi ? 0 : Errno.Invalid,
            _ => Errno.NoCall,
        };
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
                state->EventCallback = address;
                return 0;
            case CallbackType.Failsafe:
                state->FailsafeCallback = address;
                return 0;
            case CallbackType.Syscall:
                state->SyscallCallback = address;
                state->SyscallMasks = (byte)(flags & MaskEvents);
                return 0;
            case CallbackType.Nmi:
                return 0; // No NMI is ever sent.
            case CallbackType.Sysenter:
                SetTrap(EntryVector.Sysenter, flags, address);
                return 0;
            case CallbackType.CompatSyscall:
                SetTrap(EntryVector.CompatSyscall, flags, address);
                return 0;
            default:
                return Errno.Invalid;
        }
    }

    private static void SetTrap(int vector, ulong flags, ulong address)
    {
        TrapEntry* entry = &Machine.State->Traps + vector;
        entry->Address = address;
        entry->Flags = (flags & MaskEvents) != 0 ? TrapEntry.MaskEvents : (byte)0;
    }
}
