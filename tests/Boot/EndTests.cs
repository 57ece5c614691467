using Tierce.Tool.Guest;

namespace Tierce.Boot.Tests;

/// <summary>However a guest ends, the run ends, and says why.</summary>
public sealed class EndTests
{
    [Fact]
    public void PanicEndsTheRunWithItsReason()
    {
        Outcome outcome = Launcher.Execute("panic", "echo before; echo c >/proc/sysrq-trigger; sleep 100").Expect(125);
        Assert.Contains("sysrq triggered crash", outcome.Error, StringComparison.Ordinal);
        Assert.Equal("before\n", outcome.Text);

        // The detector that all boots rely on fires on this log.
        Assert.NotEmpty(GuestLog.Complaints(File.ReadAllText(Path.Combine(outcome.Logs, "guest.log"))));
    }

    [Fact]
    public void PoweroffWithoutAStatusIsTold()
    {
        Outcome outcome = Launcher.Execute("poweroff", "poweroff -f; sleep 100").Expect(125);
        Assert.Contains("without a status", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ShellOnATerminalHasJobControlAndGivesItsStatus()
    {
        // script(1) gives the launcher a terminal; the keys come from a pipe, paced because a shell that starts drops what was typed before.
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "terminal");
        string carrier = Environment.GetEnvironmentVariable("TIERCE_TEST_CARRIER") ?? string.Empty;
        string keys = Typist.Functions + "(seen \"$0\" 'tierce:/#' 1; "
            + "printf 'tty; sleep 60\\r'; sleep 3; printf '\\003'; sleep 1; printf 'echo after $((1 + 1))\\r'; sleep 1; printf 'exit 9\\r'; sleep 5)";
        Directory.CreateDirectory(logs);
        string transcript = Path.Combine(logs, "transcript");
        File.Delete(transcript);
        Outcome outcome = Launcher.Call(
            logs,
            [],
            null,
            "bash",
            "-c",
            $"{keys} | script -qefc './tierce run --timeout 300 --logs {logs} {carrier}' \"$0\"",
            transcript).Expect(9).ExpectCleanLog();
        Assert.Contains("/dev/pts/0", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("after 2", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void OwnInitialFileSystemRuns()
    {
        // Its /init is the guest agent, which as process 1 tells the clock and switches off.
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", "own.cpio");
        byte[] agent = File.ReadAllBytes(Path.Combine(Launcher.Root, "artifacts", "images", "guest-agent"));
        File.WriteAllBytes(file, new NewcArchive().Folder("dev").CharacterDevice("dev/console", 5, 1).File("init", agent, executable: true).ToArray());
        Outcome plain = Launcher.Run("own-init", [], "--initrd", file).Expect(0);
        Assert.Contains("init tsc=", plain.Text, StringComparison.Ordinal);
        Outcome command = Launcher.Execute("own-exec", "ls /init; exit 3", "--initrd", file).Expect(3).ExpectCleanLog();
        Assert.Equal("/init\n", command.Text);
    }
}
