using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Arch;

/// <summary>The PC's two 8259 controllers, which the kernel masks.</summary>
internal static class LegacyDevices
{
    private const ushort Pic1Command = 0x20, Pic1Data = 0x21, Pic2Command = 0xa0, Pic2Data = 0xa1;

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
}
