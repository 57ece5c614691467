using System.Globalization;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>Writes a disk image that boots by BIOS and by UEFI, from a CD and from a disk: GRUB, Tierce's kernel, the boot bundle.</summary>
internal static class DiskImage
{
    /// <summary>Seconds that GRUB waits for a key.</summary>
    private const int MenuSeconds = 2;

    /// <summary>Makes the image.</summary>
    /// <param name="machine">What is booted, as prepared for QEMU.</param>
    /// <param name="scratch">Folder for the image's contents.</param>
    /// <param name="output">The image.</param>
    public static void Write(MachineSettings machine, string scratch, string output)
    {
        string root = Path.Combine(scratch, "disk");
        string grub = Path.Combine(root, "boot", "grub");
        Directory.CreateDirectory(grub);
        File.Copy(machine.Kernel, Path.Combine(root, "boot", "kernel.elf"));
        File.Move(machine.Modules, Path.Combine(root, "boot", "bundle"));
        File.WriteAllText(Path.Combine(grub, "grub.cfg"), Menu(machine));
        Programs.RunChecked("grub-mkrescue", ["-o", output, root]);
    }

    // Tierce writes only to the serial port, so GRUB uses it too, in addition to the screen.
    private static string Menu(MachineSettings machine) => string.Create(CultureInfo.InvariantCulture, $$"""
        serial --unit=0 --speed=115200
        terminal_input console serial
        terminal_output console serial
        set timeout={{MenuSeconds}}
        menuentry "Tierce (on the first serial port)" {
            multiboot2 /boot/kernel.elf {{machine.CommandLine}}
            module2 /boot/bundle
        }

        """);
}
