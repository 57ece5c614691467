using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Sets where assembly finds the guest's handlers of events, system calls and page faults; assembly builds their frames by the shortest
/// path. While frames show the I/O privilege level, code of the ROM replaces the handlers: it adds the level to the frame and jumps to the
/// guest's handler.
/// </summary>
internal static unsafe class Handlers
{
    private const int PageFault = 14;

    /// <summary>The guest's handler of events.</summary>
    internal static void SetEvent(ulong address)
    {
        Machine.State->RealEvent = address;
        Place();
    }

    /// <summary>The guest's handler of system calls.</summary>
    internal static void SetSyscall(ulong address)
    {
        Machine.State->RealSyscall = address;
        Place();
    }

    /// <summary>The guest's handler in an entry of the trap table.</summary>
    internal static void SetTrap(int vector, ulong address)
    {
        RomState* state = Machine.State;
        TrapEntry* entry = SetTrapTable.Entry(vector);
        entry->Address = address;
        if (entry == &state->Traps + PageFault)
        {
            state->RealPageFault = address;
            Place();
        }
    }

    /// <summary>Stores the addresses where assembly reads them.</summary>
    internal static void Place()
    {
        RomState* state = Machine.State;
        bool shows = VmAssist.ShowsIoLevel;
        state->EventCallback = shows && state->RealEvent != 0 ? Machine.ShowInEvent : state->RealEvent;
        state->SyscallCallback = shows && state->RealSyscall != 0 ? Machine.ShowInSyscall : state->RealSyscall;
        (&state->Traps + PageFault)->Address = shows && state->RealPageFault != 0 ? Machine.ShowInPageFault : state->RealPageFault;
    }
}
