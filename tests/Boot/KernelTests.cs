using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>Debian's kernels, as packaged, boot to a shell on the Xen console and run commands. One boot of each serves all tests.</summary>
public abstract partial class KernelTests(string guest)
{
    /// <summary>First what one boot of a test asks, then what makes many processes and large files.</summary>
    private const string Commands = "uname -r; cat /sys/hypervisor/type; ls -d /sys/class/tty/hvc0; ls / | wc -l; echo $((6 * 7)); date +%Y; "
        + "i=0; while [ $i -lt 200 ]; do /bin/true & i=$((i + 1)); done; wait; seq 1 20000 | sort -rn | tail -1; dd if=/dev/zero of=/tmp/f bs=1M count=32 2>/dev/null; wc -c </tmp/f";

    private static readonly ConcurrentDictionary<string, Lazy<Outcome>> s_boots = new(StringComparer.Ordinal);

    private Outcome Boot => s_boots.GetOrAdd(guest, name => new Lazy<Outcome>(() => Launcher.ExecuteTested($"boot-{name}", Commands, "--guest", name).Expect(0).ExpectCleanLog())).Value;

    private string[] Lines => Boot.Text.TrimEnd().Split('\n');

    [Fact]
    public void BootsAndRunsCommands()
    {
        string[] lines = Lines;
        Assert.Matches(guest == "cloud" ? @"^6\.\d+\.\d+-\d+-cloud-amd64$" : @"^\d+\.\d+\.\d+-\d+-amd64$", lines[0]);
        Assert.Equal("xen", lines[1]);
        Assert.Equal("/sys/class/tty/hvc0", lines[2]);
        Assert.Equal("42", lines[4]);

        // The guest's clock is the host's.
        Assert.Equal(DateTime.UtcNow.Year.ToString(CultureInfo.InvariantCulture), lines[5]);
        CheckUnknownHypercalls(Boot);
    }

    /// <summary>What the kernel asked for and was not answered is what the page says that Linux tries.</summary>
    private static void CheckUnknownHypercalls(Outcome outcome)
    {
        string log = Path.Combine(outcome.Logs, "tierce.log");
        if (!File.Exists(log))
        {
            return;
        }

        string page = File.ReadAllText(Path.Combine(Launcher.Root, "docs", "reference", "rom-interface.md"));
        string text = File.ReadAllText(log);
        IEnumerable<string> listed = Operation().Matches(page[page.IndexOf("Linux tries ", StringComparison.Ordinal)..]).Select(match => match.Value);
        IEnumerable<string> absent = AbsentOperation().Matches(text).Select(match => match.Groups[1].Value);
        Assert.Equal(listed.Order(StringComparer.Ordinal), absent.Distinct().Order(StringComparer.Ordinal));
        Assert.DoesNotContain("rom: no hypercall", text, StringComparison.Ordinal);
    }

    [GeneratedRegex("0x[0-9a-f]+ of 0x[0-9a-f]+")]
    private static partial Regex Operation();

    [GeneratedRegex("rom: no operation (0x[0-9a-f]+ of 0x[0-9a-f]+)")]
    private static partial Regex AbsentOperation();

    [Fact]
    public void RunsManyProcesses() => Assert.Equal(["1", "33554432"], Lines[6..]);

    /// <summary>Without a way asked for, it takes the fastest.</summary>
    [Fact]
    public void EntersTheRomByTheFastestWay() => Assert.Contains("enters the ROM by patch-more\n", File.ReadAllText(Path.Combine(Boot.Logs, "tierce.log")), StringComparison.Ordinal);
}

/// <summary>linux-image-cloud-amd64.</summary>
public sealed class CloudKernelTests() : KernelTests("cloud");

/// <summary>linux-image-amd64.</summary>
public sealed class GenericKernelTests() : KernelTests("generic");
