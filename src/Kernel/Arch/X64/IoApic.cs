using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Arch;

/// <summary>The first I/O APIC: 24 lines, each masked until a driver binds it.</summary>
/// <remarks>Registers: Intel 82093AA datasheet, section 3.2.</remarks>
[AssemblyNames("IOAPIC")]
internal static unsafe class IoApic
{
    // SAFETY: device registers: the start-up code maps the page, uncached, and it stays.

    /// <summary>Physical address of the first I/O APIC; this one on PC-compatible machines without ACPI tables.</summary>
    public static ulong Physical { get; set; } = 0xfec0_0000;

    /// <summary>Lines of an 82093AA.</summary>
    public const int Lines = 24;

    private const int Select = 0, Window = 0x10, FirstRedirection = 0x10;
    private const uint MaskedBit = 1u << 16, LevelBit = 1u << 15;

    private static byte* Registers => (byte*)(HoleLayout.KernelDevices + 0x1000);

    /// <summary>Masks all lines.</summary>
    public static void Initialise()
    {
        for (int line = 0; line < Lines; line++)
        {
            Write(FirstRedirection + (2 * line), MaskedBit | (uint)(Vector.FirstLine + line));
        }
    }

    /// <summary>
    /// Masks a line, which keeps its trigger mode. A controller need not see a level fall while the line is edge triggered (QEMU's does
    /// not); it would raise the line again at each unmasking, without end.
    /// </summary>
    public static void Mask(int line)
    {
        Volatile.Write(ref *(uint*)(Registers + Select), (uint)(FirstRedirection + (2 * line)));
        uint entry = Volatile.Read(ref *(uint*)(Registers + Window));
        Volatile.Write(ref *(uint*)(Registers + Window), entry | MaskedBit);
    }

    /// <summary>
    /// Routes a line to this processor. Active high for edge, and for level too, because QEMU's and ISA's level lines are.
    /// </summary>
    public static void Unmask(int line, bool level)
    {
        Write(FirstRedirection + (2 * line) + 1, LocalApic.Identifier << 24);
        Write(FirstRedirection + (2 * line), (level ? LevelBit : 0) | (uint)(Vector.FirstLine + line));
    }

    private static void Write(int register, uint value)
    {
        Volatile.Write(ref *(uint*)(Registers + Select), (uint)register);
        Volatile.Write(ref *(uint*)(Registers + Window), value);
    }
}
