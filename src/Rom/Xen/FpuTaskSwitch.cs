using Tierce.Rom.Emulate;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 5: sets or clears the guest's CR0.TS. The guest can read it; it has no other effect, because Linux switches its floating-point
/// state eagerly. Does not enter the kernel.
/// </summary>
internal static unsafe class FpuTaskSwitch
{
    internal static long Run(ulong set)
    {
        RomState* state = Machine.State;
        state->Cr0 = (state->Cr0 & ~ControlRegisters.TaskSwitched) | (set != 0 ? ControlRegisters.TaskSwitched : 0);
        return 0;
    }
}
