namespace Tierce.Boot.Tests;

/// <summary>A Debian is installed onto a disk from Debian's packages, boots from it, and keeps its state. Part of the stresses: it downloads a system.</summary>
public sealed class DebianTests
{
    [SoakFact]
    public void ItBootsFromItsDiskAndKeepsItsState()
    {
        Outcome first = Run("debian-first", "systemctl is-system-running; systemctl --failed --no-legend; echo kept >/root/file; exit 3").Expect(3);
        Assert.Equal("running\n", first.Text);
        Assert.Equal("kept\n", Run("debian-ephemeral", "cat /root/file; rm /root/file; sync", "--ephemeral").Expect(0).Text);
        Assert.Equal("kept\n5G\n", Run("debian-grown", "cat /root/file; lsblk -dno SIZE /dev/xvda | tr -d ' '", "--disk-size", "5G").Expect(0).Text);
    }

    /// <summary>A user at the console logs in, restarts the system, finds what was written before, and switches it off.</summary>
    [SoakFact]
    public void AUserLogsInRebootsAndSwitchesOff()
    {
        string logs = Directory.CreateDirectory(Path.Combine(Launcher.Root, "artifacts", "logs", "debian-login")).FullName;
        string transcript = Path.Combine(logs, "transcript");
        File.Delete(transcript);
        const string Keys = Typist.Functions + "(seen \"$0\" 'debian login:' 1; printf 'root\\r'; seen \"$0\" 'root@debian' 1; printf 'echo kept >/root/login; reboot\\r'; "
            + "seen \"$0\" 'debian login:' 2; printf 'root\\r'; seen \"$0\" 'root@debian' 2; printf 'cat /root/login; poweroff\\r'; sleep 60)";
        Outcome outcome = Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_SYSTEMS"] = Systems,
            "bash",
            "-c",
            $"{Keys} | script -qefc './tierce run debian --timeout 1200 --logs {logs}' \"$0\"",
            transcript).Expect(0);
        Assert.Matches(@"(?s)cat /root/login; poweroff.*[\r\n]kept\r", outcome.Text);
        Assert.Contains("guest guest ended: reboot (restart)", File.ReadAllText(Path.Combine(logs, "tierce.log")), StringComparison.Ordinal);
    }

    /// <summary>Folder of the systems that these tests install.</summary>
    internal static string Systems => Path.Combine(Launcher.Root, "artifacts", "systems");

    /// <summary>Runs a command in the system.</summary>
    internal static Outcome Run(string name, string command, params string[] options)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        return Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_SYSTEMS"] = Systems,
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "debian", "--logs", logs, "--timeout", "1200", .. options, "--exec", command]);
    }
}
