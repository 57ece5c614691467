using System.Diagnostics;
using Tierce.Tool.Host;

namespace Tierce.Boot.Tests;

/// <summary>
/// A second machine: Bochs interprets each instruction by itself. Interrupts come between any two, its TLB keeps what is global over a
/// change of root, and descriptors, addresses and reserved bits are checked as a processor does.
/// </summary>
internal static class Bochs
{
    private const string Program = "/usr/bin/bochs-bin", Bios = "/usr/share/bochs/BIOS-bochs-latest", VideoBios = "/usr/share/bochs/VGABIOS-lgpl-latest";

    /// <summary>The screen that needs none: Bochs opens a terminal of its own for it.</summary>
    private const string Screen = "/usr/lib/x86_64-linux-gnu/bochs/plugins/libbx_term_gui.so";

    /// <summary>Instructions in a second of the machine: less makes the guest's clock tick more often, more makes firmware and GRUB wait longer.</summary>
    private const int Speed = 40_000_000;

    /// <summary>Installs what lacks.</summary>
    public static void Ensure() => Requirements.Ensure(Program, Bios, VideoBios, Screen);

    /// <summary>Boots an image as a CD until a text stands on its serial port, or the time is over; returns what stood there.</summary>
    /// <param name="logs">Folder for the machine's description, its log (bochs.log) and what it said (serial.log).</param>
    /// <param name="image">The image.</param>
    /// <param name="model">Processor, as <c>bochs --help cpu</c> names them.</param>
    /// <param name="last">The text.</param>
    /// <param name="limit">The time.</param>
    public static string Boot(string logs, string image, string model, string last, TimeSpan limit)
    {
        Directory.CreateDirectory(logs);
        string serial = Path.Combine(logs, "serial.log");
        string description = Path.Combine(logs, "bochsrc");
        string commands = Path.Combine(logs, "commands");
        File.Delete(serial);
        File.WriteAllText(commands, "c\n"); // Debian's Bochs has a debugger, which waits for the word to go.
        File.WriteAllText(description, $"""
            display_library: term
            romimage: file={Bios}
            vgaromimage: file={VideoBios}
            cpu: model={model}, count=1, ips={Speed}, reset_on_triple_fault=0
            memory: guest=512, host=512
            clock: sync=none, time0=1767225600
            sound: driver=dummy
            speaker: enabled=0
            ata0-master: type=cdrom, path={image}, status=inserted
            boot: cdrom
            com1: enabled=1, mode=file, dev={serial}
            log: {Path.Combine(logs, "bochs.log")}
            panic: action=fatal

            """);
        ProcessStartInfo start = new(Program, ["-q", "-f", description, "-rc", commands])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TERM"] = "vt100";
        using Process machine = Process.Start(start)!;
        machine.StandardInput.Close();
        machine.OutputDataReceived += Ignore;
        machine.ErrorDataReceived += Ignore;
        machine.BeginOutputReadLine();
        machine.BeginErrorReadLine();
        string text = string.Empty;
        for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < limit && !machine.HasExited && !text.Contains(last, StringComparison.Ordinal);)
        {
            Thread.Sleep(200);
            text = Launcher.ReadShared(serial);
        }

        machine.Kill();
        machine.WaitForExit();
        return text;
    }

    private static void Ignore(object sender, DataReceivedEventArgs line)
    {
    }
}
