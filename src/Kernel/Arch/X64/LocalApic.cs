using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Arch;

/// <summary>The local APIC in xAPIC mode: end of interrupt and the one-shot timer.</summary>
/// <remarks>Registers: Intel SDM vol. 3, table 11-1.</remarks>
internal static unsafe class LocalApic
{
    // SAFETY: device registers: the start-up code maps the page, uncached, and it stays.

    /// <summary>IA32_APIC_BASE (Intel SDM vol. 4, 2.1): where the registers are, and in bit 10 x2APIC mode, in which they are not memory.</summary>
    private const uint BaseMsr = 0x1b;
    private const ulong X2Mode = 1UL << 10;

    /// <summary>Physical address of the registers.</summary>
    public static ulong Physical
    {
        get
        {
            ulong value = Cpu.ReadMsr(BaseMsr);
            if ((value & X2Mode) != 0)
            {
                Machine.Panic("the firmware left the local APIC in x2APIC mode"u8, value);
            }

            return value & PageEntry.AddressMask;
        }
    }

    private const int Eoi = 0xb0, SpuriousVector = 0xf0, LvtTimer = 0x320, LvtLint0 = 0x350, LvtLint1 = 0x360, LvtError = 0x370;
    private const int InitialCount = 0x380, CurrentCount = 0x390, DivideConfiguration = 0x3e0, Id = 0x20, TaskPriority = 0x80;
    private const uint Masked = 1u << 16, SoftwareEnable = 1u << 8, DivideBy1 = 0xb;

    private static byte* Registers => (byte*)HoleLayout.KernelDevices;

    /// <summary>Enables the APIC with its timer in one-shot mode and everything else masked.</summary>
    public static void Initialise()
    {
        Write(LvtLint0, Masked);
        Write(LvtLint1, Masked);
        Write(LvtError, Masked);
        Write(TaskPriority, 0);
        Write(DivideConfiguration, DivideBy1);
        Write(LvtTimer, Vector.Timer);
        Write(SpuriousVector, SoftwareEnable | Vector.Spurious);
    }

    /// <summary>Signals the end of the interrupt in service.</summary>
    public static void EndOfInterrupt() => Write(Eoi, 0);

    /// <summary>Starts the timer; 0 stops it. Unit: the APIC's bus clock.</summary>
    public static void StartTimer(uint count) => Write(InitialCount, count);

    /// <summary>The timer's remaining count.</summary>
    public static uint TimerCount => Read(CurrentCount);

    /// <summary>Identifier of this processor's APIC.</summary>
    public static uint Identifier => Read(Id) >> 24;

    private static void Write(int register, uint value) => Volatile.Write(ref *(uint*)(Registers + register), value);

    private static uint Read(int register) => Volatile.Read(ref *(uint*)(Registers + register));
}
