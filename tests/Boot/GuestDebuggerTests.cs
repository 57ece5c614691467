using System.Text.RegularExpressions;
using Tierce.Tool.Guest;

namespace Tierce.Boot.Tests;

/// <summary>Debian's gdb works inside the guest: hardware breakpoints, single steps and hardware watchpoints, on the processor's debug registers.</summary>
public sealed partial class GuestDebuggerTests
{
    private const string Commands = "-ex starti -ex 'hbreak again' -ex continue -ex stepi -ex 'p *(int*)&word' -ex 'delete 1' "
        + "-ex 'watch *(int*)&word' -ex continue -ex continue";

    [Fact]
    public void GdbStopsStepsAndWatches()
    {
        string folder = Path.Combine(Launcher.Root, "artifacts", "gdb");
        string gdb = Path.Combine(folder, "usr", "bin", "gdb");
        if (!File.Exists(gdb))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(gdb)!);
            File.WriteAllBytes(gdb, AptSource.Knowing("gdb-minimal").FileOf("gdb-minimal", "usr/bin/gdb"));
            Launcher.Call(folder, [], null, "chmod", "+x", gdb).Expect(0);
        }

        string program = Path.Combine(folder, "stepped");
        Launcher.Call(folder, [], null, "gcc", "-nostdlib", "-static", "-o", program, Path.Combine(Launcher.Root, "tests", "Boot", "Programs", "stepped.S")).Expect(0);
        string libraries = Launcher.Call(folder, [], null, "ldd", gdb).Expect(0).Text;
        Assert.DoesNotContain("not found", libraries, StringComparison.Ordinal);
        string[] files = [$"{gdb}:/bin/gdb", $"{program}:/stepped", .. Library().Matches(libraries).Select(match => $"{match.Value}:{match.Value}")];
        Outcome outcome = Launcher.Execute(
            "guest-gdb", $"gdb -nx -batch {Commands} /stepped 2>&1", ["--memory", "768M", .. files.SelectMany(file => (string[])["--file", file])]);
        outcome.Expect(0).ExpectCleanLog();
        Assert.Matches(@"Breakpoint 1, 0x[0-9a-f]+ in again \(\)", outcome.Text);
        Assert.Contains("$1 = 21\n", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("Hardware watchpoint 2: *(int*)&word\n\nOld value = 21\nNew value = 42\n", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("exited with code 052]", outcome.Text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"/lib\S+")]
    private static partial Regex Library();
}
