using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// First page of the kernel's trace ring, which the word <c>trace</c> on the kernel's command line enables; <see cref="Entries"/> entries
/// follow. The ring lies in memory that no program gets. A reader needs access to the whole machine's memory, as the tool has to QEMU's.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct TraceHeader
{
    /// <summary>"TierceT1" in ASCII, first character in the lowest byte.</summary>
    public const ulong ExpectedMagic = 0x3154_6563_7265_6954;

    /// <summary>Bytes before the first entry.</summary>
    public const int Size = 4096;

    /// <summary>Number of entries: a power of two.</summary>
    public const ulong Entries = 1 << 16;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public ulong TscHertz;

    /// <summary>Events recorded since the start. Event n is at entry n modulo <see cref="Entries"/>; this counts it once it is whole.</summary>
    public ulong Count;
}

/// <summary>One event, 32 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TraceEntry
{
    /// <summary>Time-stamp counter.</summary>
    public ulong Tsc;

    /// <summary>A <see cref="TraceKind"/>.</summary>
    public ulong Kind;

    /// <summary>Two values, which <see cref="TraceKind"/> describes.</summary>
    public ulong First, Second;
}

/// <summary>Kinds of events.</summary>
public enum TraceKind
{
    /// <summary>A context switch. First is the thread. Second is its priority, with bit 8 set for a virtual CPU.</summary>
    Switch = 1,

    /// <summary>A domain's kernel call. First is a <see cref="KernelCall"/>, Second is RDI.</summary>
    Call = 2,

    /// <summary>A call of a ROM that came to C#. First is a <see cref="VmCall"/>, Second is RDI.</summary>
    VirtualCall = 3,

    /// <summary>A guest's page fault that the page-table cache resolved. First is the address, Second is RIP.</summary>
    HiddenFault = 4,

    /// <summary>
    /// A guest's exception that the kernel passed to its ROM. First is the vector, with the error code from bit 8. Second is the guest's RIP.
    /// </summary>
    GuestFault = 5,

    /// <summary>A domain's fault, which ends it. First is the vector, with the error code from bit 8. Second is RIP.</summary>
    DomainFault = 6,

    /// <summary>A virtual CPU entered VMINT. First has the pending events. Second is RIP of the interrupted code.</summary>
    Event = 7,

    /// <summary>An interrupt. First is the vector, Second is 0.</summary>
    Interrupt = 8,
}
