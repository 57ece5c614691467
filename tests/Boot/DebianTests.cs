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

    private static Outcome Run(string name, string command, params string[] options)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        return Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_SYSTEMS"] = Path.Combine(Launcher.Root, "artifacts", "systems"),
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "debian", "--logs", logs, "--timeout", "1200", .. options, "--exec", command]);
    }
}
