namespace Tierce.Kernel;

/// <summary>What the PC leaves behind: the two 8259 controllers, silenced, and the 8254 timer, used once to measure.</summary>
internal static class LegacyDevices
{
    private const ushort Pic1Command = 0x20, Pic1Data = 0x21, Pic2Command = 0xa0, Pic2Data = 0xa1;
    private const ushort PitChannel2 = 0x42, PitCommand = 0x43, SystemControl = 0x61;

    /// <summary>Input clock of the 8254 in hertz.</summary>
    private const ulong PitHertz = 1_193_182;

    /// <summary>Ten milliseconds.</summary>
    private const ulong PitCount = PitHertz / 100;

    /// <summary>Moves both 8259s to vectors that are no exceptions, and masks them.</summary>
    public static void SilencePic()
    {
        Cpu.Out8(Pic1Command, 0x11);
        Cpu.Out8(Pic2Command, 0x11);
        Cpu.Out8(Pic1Data, Vector.FirstInterrupt);
        Cpu.Out8(Pic2Data, Vector.FirstInterrupt + 8);
        Cpu.Out8(Pic1Data, 4);
        Cpu.Out8(Pic2Data, 2);
        Cpu.Out8(Pic1Data, 1);
        Cpu.Out8(Pic2Data, 1);
        Cpu.Out8(Pic1Data, 0xff);
        Cpu.Out8(Pic2Data, 0xff);
    }

    /// <summary>
    /// Measures the time-stamp counter and the local APIC timer against the 8254, three times for ten milliseconds, and takes the middle
    /// one: under an emulator, others may have the processor between two reads.
    /// </summary>
    /// <param name="apicHertz">Clock of the local APIC timer.</param>
    /// <returns>Clock of the time-stamp counter, in hertz.</returns>
    public static ulong MeasureClocks(out ulong apicHertz)
    {
        ulong first = MeasureOnce(out ulong firstApic);
        ulong second = MeasureOnce(out ulong secondApic);
        ulong third = MeasureOnce(out ulong thirdApic);
        if ((first <= second) == (second <= third))
        {
            apicHertz = secondApic;
            return second;
        }

        bool isFirst = (second < first) == (first < third);
        apicHertz = isFirst ? firstApic : thirdApic;
        return isFirst ? first : third;
    }

    private static ulong MeasureOnce(out ulong apicHertz)
    {
        // Channel 2, gate on and speaker off, mode 0: OUT2 (bit 5 of port 0x61) rises at the end of the count.
        byte control = (byte)((Cpu.In8(SystemControl) & ~2) | 1);
        Cpu.Out8(SystemControl, control);
        Cpu.Out8(PitCommand, 0xb0);
        LocalApic.StartTimer(uint.MaxValue);
        Cpu.Out8(PitChannel2, (byte)(PitCount & 0xff));
        Cpu.Out8(PitChannel2, (byte)(PitCount >> 8));
        ulong start = Cpu.ReadTsc();
        uint apicStart = LocalApic.TimerCount;
        while ((Cpu.In8(SystemControl) & 0x20) == 0)
        {
        }

        uint apicEnd = LocalApic.TimerCount;
        ulong end = Cpu.ReadTsc();
        LocalApic.StartTimer(0);
        apicHertz = (apicStart - apicEnd) * PitHertz / PitCount;
        return (end - start) * PitHertz / PitCount;
    }
}
