using System;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Time;

namespace Tierce.Kernel.Boot;

/// <summary>Measures the machine's clocks. Refuses to start on clocks that cannot be trusted.</summary>
internal static unsafe class ClockStart
{
    /// <summary>CPUID leaf 1, ECX: there is an underlying hypervisor, with leaves of its own.</summary>
    private const uint HypervisorBit = 1u << 31;
    private const uint FirstHypervisorLeaf = 0x4000_0000;

    /// <summary>Measures, logs the result, and passes it to the machine.</summary>
    /// <param name="powerTimer">Port of the power timer; 0 for none.</param>
    public static void Run(ushort powerTimer)
    {
        var devices = new ClockDevices(powerTimer);
        ClockFault fault = ClockMeasurement.Run(ref devices, out ClockRates rates);
        LocalApic.StartTimer(0);
        if (fault != ClockFault.None)
        {
            Machine.Panic(Reason(fault), rates.TscHertz);
        }

        ulong stated = StatedRate.Choose(rates, Stated());
        KernelLog.Text("tierce: clock tsc-hertz="u8);
        KernelLog.Number(stated);
        KernelLog.Text(" error-ppm="u8);
        KernelLog.Number(rates.Error);
        KernelLog.Text(" apic-hertz="u8);
        KernelLog.Number(rates.ApicHertz);
        KernelLog.Text(rates.Reference == ClockCounter.PowerTimer ? " by the power timer"u8 : " by the interval timer"u8);
        KernelLog.Text(rates.Confirmed ? ", which the interval timer confirms"u8 : default);
        KernelLog.Line();
        rates.TscHertz = stated;
        Machine.Configure(rates, devices);
    }

    private static ulong Stated()
    {
        uint* leaf = stackalloc uint[4];
        Cpu.Identify(0, 0, leaf);
        if (leaf[0] >= StatedRate.CrystalLeaf)
        {
            Cpu.Identify(StatedRate.CrystalLeaf, 0, leaf);
            ulong rate = StatedRate.FromCrystal(new ReadOnlySpan<uint>(leaf, 4));
            if (rate != 0)
            {
                return rate;
            }
        }

        Cpu.Identify(1, 0, leaf);
        if ((leaf[2] & HypervisorBit) == 0)
        {
            return 0;
        }

        Cpu.Identify(FirstHypervisorLeaf, 0, leaf);
        if (leaf[0] is < StatedRate.TimingLeaf or > FirstHypervisorLeaf + 0xffff)
        {
            return 0;
        }

        Cpu.Identify(StatedRate.TimingLeaf, 0, leaf);
        return StatedRate.FromTiming(new ReadOnlySpan<uint>(leaf, 4));
    }

    private static ReadOnlySpan<byte> Reason(ClockFault fault) => fault switch
    {
        ClockFault.TscStands => "no clock: the time-stamp counter stands"u8,
        ClockFault.NoReference => "no clock: neither the ACPI power timer nor the 8254 counts"u8,
        ClockFault.ReferencesDisagree => "no clock to trust: the ACPI power timer and the 8254 disagree"u8,
        ClockFault.ApicStands => "no clock: the local APIC's timer stands"u8,
        _ => "no clock to trust: the time-stamp counter's rate changes"u8,
    };
}
