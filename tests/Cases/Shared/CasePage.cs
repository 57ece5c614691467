using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Cases;

/// <summary>The ways of an interrupt that the shipped kernel does not have: docs/guide/interrupts.md tells what each means.</summary>
[AssemblyNames("CASE")]
internal enum CaseName
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>One context, monitor in the kernel, return made atomic by a trap.</summary>
    IA = 1,

    /// <summary>One context, monitor at user level, return made atomic by a trap.</summary>
    IB = 2,

    /// <summary>One context, monitor in the kernel, ENABLE and then RET.</summary>
    IIA = 3,

    /// <summary>One context, monitor at user level, ENABLE and then RET.</summary>
    IIB = 4,

    /// <summary>Two contexts, not shared, monitor at user level.</summary>
    IIIA = 5,

    /// <summary>Two contexts, shared, monitor at user level.</summary>
    IIIB = 6,
}

/// <summary>Operations of <c>KernelCall.VCpuControl</c> that only this build of the kernel knows.</summary>
internal enum CaseOperation
{
    /// <summary>RDX: <see cref="CaseName"/> of the virtual CPU.</summary>
    SetCase = 16,

    /// <summary>Case I B: the virtual CPU, which asks, goes on with the registers in its page, and takes events again.</summary>
    Return = 17,

    /// <summary>Case III A. RDX: first word of VMUSR's registers; results R10, R8, R9, RDI: four words.</summary>
    ReadContext = 18,

    /// <summary>Case III A. RDX: first word of VMUSR's registers; R10, R8: two words.</summary>
    WriteContext = 19,
}

/// <summary>What the case's ROM asks of the monitor, as a <c>MonitorRequest</c>.</summary>
[AssemblyNames("REQUEST")]
internal enum CaseRequest
{
    /// <summary>Case I B: the end of an interrupt. First argument: address of the frame on the guest's stack.</summary>
    Return = 64,

    /// <summary>Case III A: VMUSR's registers are to be written back.</summary>
    WriteBack = 65,
}

/// <summary>What the guest wants of its monitor, when it rings the console's bell.</summary>
internal enum CaseCommand
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>An interrupt in <see cref="CasePage.Argument"/> ticks.</summary>
    Fire = 1,

    /// <summary>From now on one each <see cref="CasePage.Argument"/> ticks; the guest spins.</summary>
    Spin = 2,

    /// <summary>The sweep is over: its figures are to be logged.</summary>
    Report = 3,
}

/// <summary>The second part of the native interface's shared page, which that leaves alone.</summary>
[AssemblyNames("CASE_PAGE")]
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct CasePage
{
    /// <summary>Offset in the page.</summary>
    public const int Offset = 1024;

    /// <summary>Bit of <see cref="Sabotage"/>: an interrupt between ENABLE and RET counts as one like any other.</summary>
    public const ulong NoRegion = 1;

    /// <summary>Bit of <see cref="Sabotage"/>: no test for new events after ENABLE.</summary>
    public const ulong NoCheck = 2;

    /// <summary>The case. Written by the monitor before the start, as the next two.</summary>
    [FieldOffset(0)] public CaseName Case;

    /// <summary>1: spin, to be measured; 0: sweep.</summary>
    [FieldOffset(8)] public ulong Spins;

    /// <summary>Precautions that the ROM leaves out, to see that they are needed.</summary>
    [FieldOffset(16)] public ulong Sabotage;

    /// <summary>What the guest wants, and with which argument.</summary>
    [FieldOffset(24)] public CaseCommand Command;

    /// <summary>See <see cref="Command"/>.</summary>
    [FieldOffset(32)] public ulong Argument;

    /// <summary>Interrupts that the guest has asked for.</summary>
    [FieldOffset(40)] public ulong Raised;

    /// <summary>Those that its handler has seen.</summary>
    [FieldOffset(48)] public ulong Delivered;

    /// <summary>Interrupts that never came.</summary>
    [FieldOffset(56)] public ulong Lost;

    /// <summary>Interrupts that came twice.</summary>
    [FieldOffset(64)] public ulong Doubled;

    /// <summary>Registers that an interrupt has changed.</summary>
    [FieldOffset(72)] public ulong Changed;

    /// <summary>Interrupts between ENABLE and RET (ROM).</summary>
    [FieldOffset(80)] public ulong InRegion;

    /// <summary>A bit for each offset of an instruction there, up to 63, at which one has come.</summary>
    [FieldOffset(88)] public ulong RegionLow;

    /// <summary>The same from 64 on.</summary>
    [FieldOffset(96)] public ulong RegionHigh;

    /// <summary>Highest frame on the guest's stack since the guest has last set it (ROM).</summary>
    [FieldOffset(104)] public ulong Highest;

    /// <summary>Lowest frame.</summary>
    [FieldOffset(112)] public ulong Lowest;

    /// <summary>Most bytes that frames have piled up on the guest's stack.</summary>
    [FieldOffset(120)] public ulong Pile;

    /// <summary>Interrupts that came while the guest had masked events, and waited for Unmask.</summary>
    [FieldOffset(128)] public ulong Waited;
}
