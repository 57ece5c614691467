namespace Tierce.Kernel.UserState;

/// <summary>A virtual CPU's breakpoints, as they are loaded into the processor (<see cref="DebugRegisters"/>).</summary>
public unsafe struct DebugState
{
    /// <summary>DR0 to DR3.</summary>
    public fixed ulong Addresses[4];

    /// <summary>DR7; 0 when no breakpoint is enabled. The processor's registers are then not its own.</summary>
    public ulong Control;
}
