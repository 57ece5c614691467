using Tierce.Abi;

namespace Tierce.Kernel.Arch.Formats;

/// <summary>Interrupt vectors: the processor's (Intel SDM vol. 3, 6.15), that of 32-bit Linux, and the kernel's.</summary>
[AssemblyNames("VECTOR")]
internal static class Vector
{
    public const int Debug = 1;
    public const int Nmi = 2;
    public const int Breakpoint = 3;
    public const int Overflow = 4;
    public const int InvalidOpcode = 6;
    public const int DoubleFault = 8;
    public const int SegmentNotPresent = 11;
    public const int StackFault = 12;
    public const int GeneralProtection = 13;
    public const int PageFault = 14;
    public const int MachineCheck = 18;

    /// <summary>First vector that is not an exception; the legacy controller's lines, masked, begin here.</summary>
    public const int FirstInterrupt = 32;

    /// <summary>Vector of global system interrupt 0; the others follow, then those of messages (MSI).</summary>
    public const int FirstLine = 0x30;

    /// <summary>Vectors from <see cref="FirstLine"/> on that are bound by drivers.</summary>
    public const int Lines = RootInfo.InterruptSlots + RootInfo.MessageSlots;

    /// <summary>INT 0x80: 32-bit Linux's system call.</summary>
    public const int LinuxSystemCall = 0x80;

    /// <summary>
    /// Last of the vectors from <see cref="LinuxSystemCall"/> on that are no interrupts: see <see cref="Abi.EntryVector"/>.
    /// </summary>
    public const int LastEntry = Abi.EntryVector.CompatSyscall;

    /// <summary>Local APIC timer.</summary>
    public const int Timer = 0xf0;

    /// <summary>Spurious interrupt of the local APIC; its low four bits must be set on old parts.</summary>
    public const int Spurious = 0xff;
}
