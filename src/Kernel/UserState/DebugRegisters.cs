using Tierce.Abi;
using Tierce.Kernel.Arch;

namespace Tierce.Kernel.UserState;

/// <summary>
/// A virtual CPU's breakpoints. They lie outside the hole, so that no code of ring 0 or of the ROM meets one. They are in the processor
/// only while the virtual CPU is current and has one enabled.
/// </summary>
internal static unsafe class DebugRegisters
{
    /// <summary>Breakpoints that the processor has.</summary>
    public const int Breakpoints = 4;

    private const ulong Control = 7;

    /// <summary>Sets a debug register of the current virtual CPU.</summary>
    /// <returns>BadArgument for an address that it must not watch, or a register that it does not have.</returns>
    public static Status Set(DebugState* state, ulong register, ulong value)
    {
        if (register == Control)
        {
            state->Control = Harmless(value);
        }
        else if (register < Breakpoints && IsAllowed(value))
        {
            state->Addresses[register] = value;
        }
        else
        {
            return Status.BadArgument;
        }

        Machine.LoadDebugRegisters(state->Addresses, state->Control);
        return Status.Ok;
    }

    /// <summary>Whether a breakpoint may be at an address: canonical, and not in the hole.</summary>
    public static bool IsAllowed(ulong address) => address is < HoleLayout.UserLimit or >= HoleLayout.End;

    /// <summary>
    /// The control register without general detection and transactions. Breakpoints on ports, and instruction breakpoints of several bytes,
    /// are off. 0 if none is on.
    /// </summary>
    public static ulong Harmless(ulong control)
    {
        const ulong Kept = 0xffff_00ff, Ports = 2;
        control &= Kept;
        for (int i = 0; i < Breakpoints; i++)
        {
            ulong kind = (control >> (16 + (4 * i))) & 15;
            if ((kind & 3) == Ports || ((kind & 3) == 0 && kind != 0))
            {
                control &= ~(3UL << (2 * i));
            }
        }

        return (control & 0xff) == 0 ? 0 : control;
    }
}
