using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>The local APIC in xAPIC mode: end of interrupt and the one-shot timer.</summary>
/// <remarks>Registers: Intel SDM vol. 3, table 11-1.</remarks>
internal static unsafe class LocalApic
{
    /// <summary>Physical address after reset (MSR IA32_APIC_BASE can move it; nothing here does).</summary>
    public const ulong Physical = 0xfee0_0000;

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

    /// <summary>What is left of the timer's count.</summary>
    public static uint TimerCount => Read(CurrentCount);

    /// <summary>Identifier of this processor's APIC.</summary>
    public static uint Identifier => Read(Id) >> 24;

    private static void Write(int register, uint value) => Volatile.Write(ref *(uint*)(Registers + register), value);

    private static uint Read(int register) => Volatile.Read(ref *(uint*)(Registers + register));
}
