using System.Diagnostics;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>The disk image boots by BIOS and by UEFI, on a machine with no device of QEMU's own: all is read from its serial port.</summary>
public sealed class ImageTests
{
    private const string Firmware = "/usr/share/ovmf/OVMF.fd";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(6);

    private static readonly Lazy<string> s_image = new(() =>
    {
        Requirements.Ensure(Firmware);
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "image");
        Directory.CreateDirectory(logs);
        string file = Path.Combine(logs, "tierce.iso");
        Launcher.Call(logs, [], null, Path.Combine(Launcher.Root, "tierce"), "image", "-o", file, "--memory", "192M", "--exec", "cat /sys/hypervisor/type; exit 7").Expect(0);
        return file;
    });

    [Theory]
    [InlineData("bios")]
    [InlineData("uefi", "-bios", Firmware)]
    public void BootsFromADiskAndRunsACommand(string name, params string[] firmware)
    {
        string image = s_image.Value;
        string serial = Path.ChangeExtension(image, $"{name}.log");
        File.Delete(serial);
        // By AHCI firmware has the disk's controller copy; by the IDE of this machine it would read 70 MB word by word, which takes minutes here.
        ProcessStartInfo start = new("qemu-system-x86_64",
        [
            "-machine", "pc", "-accel", "tcg", "-cpu", "max", "-m", "512M", "-nodefaults", "-no-user-config", "-display", "none", "-monitor", "none", "-no-reboot",
            "-device", "ahci,id=ahci", "-drive", $"if=none,id=disk,file={image},format=raw,snapshot=on", "-device", "ide-hd,drive=disk,bus=ahci.0", "-serial", $"file:{serial}", .. firmware,
        ]);
        using Process machine = Process.Start(start)!;
        string text = string.Empty;
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < s_limit && !machine.HasExited && !text.Contains("ended: ", StringComparison.Ordinal);)
        {
            Thread.Sleep(200);
            text = Launcher.ReadShared(serial);
        }

        machine.Kill();
        machine.WaitForExit();
        Assert.Contains("Booting `Tierce", text, StringComparison.Ordinal);
        Assert.Contains("tierce: kernel entry", text, StringComparison.Ordinal);
        Assert.Contains("xen\r\ntierce: exit status 7\r\n", text, StringComparison.Ordinal);
        Assert.Contains("tierce: guest guest ended: poweroff", text, StringComparison.Ordinal);
    }

    [Fact]
    public void OutputIsNeeded() =>
        Assert.Contains("--output", Launcher.Call(string.Empty, [], null, Path.Combine(Launcher.Root, "tierce"), "image").Expect(125).Error, StringComparison.Ordinal);
}
