using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The state of a virtual CPU: all that its next instruction depends on, except the memory of its guest and the area of the FPU.
/// </summary>
/// <remarks>
/// Fields are only appended, and each that is appended raises <see cref="CurrentVersion"/>. A field that an older version lacks is 0.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 512)]
public unsafe struct VCpuState
{
    /// <summary>The version that has all fields below.</summary>
    public const uint CurrentVersion = 1;

    /// <summary>Which fields there are.</summary>
    [FieldOffset(0)] public uint Version;

    /// <summary>Where it is in its life.</summary>
    [FieldOffset(4)] public VCpuPhase Phase;

    /// <summary>Reason of its crash.</summary>
    [FieldOffset(8)] public CrashReason Reason;

    /// <summary>What goes with the reason.</summary>
    [FieldOffset(16)] public ulong Detail;

    /// <summary>1 in guest user mode, 0 in guest kernel mode (the ROM included).</summary>
    [FieldOffset(24)] public ulong UserMode;

    /// <summary>Guest frame of the guest kernel's root; 0 while none is loaded.</summary>
    [FieldOffset(32)] public ulong KernelRootFrame;

    /// <summary>Guest frame of the guest user's root; 0 for none.</summary>
    [FieldOffset(40)] public ulong UserRootFrame;

    /// <summary>Address of guest user's last page fault that was the guest's own; 0 for none.</summary>
    [FieldOffset(48)] public ulong FaultAddress;

    /// <summary>Deadline of its timer in ticks of the TSC; 0 while it is not armed.</summary>
    [FieldOffset(56)] public ulong TimerDeadline;

    /// <summary>FS base: where a program finds the data of its thread.</summary>
    [FieldOffset(64)] public ulong TlsBase;

    /// <summary>GS base of the mode that it is in: where a kernel finds the data of its processor.</summary>
    [FieldOffset(72)] public ulong LocalBase;

    /// <summary>GS base of the other mode.</summary>
    [FieldOffset(80)] public ulong OtherLocalBase;

    /// <summary>DS, ES, FS and GS selectors, 16 bits each, DS lowest.</summary>
    [FieldOffset(88)] public ulong Selectors;

    /// <summary>Addresses of its breakpoints.</summary>
    [FieldOffset(96)] public fixed ulong DebugAddresses[4];

    /// <summary>DR7; 0 when no breakpoint is enabled.</summary>
    [FieldOffset(128)] public ulong DebugControl;

    /// <summary>General registers, and those that IRET restores.</summary>
    [FieldOffset(136)] public RegisterFrame Registers;
}
