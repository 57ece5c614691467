using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Tierce.Abi;

namespace Tierce.Boot.Tests;

/// <summary>
/// What the roots hold that are loaded in user mode, seen from outside: QEMU tells what the processor would find. Where the kernel is
/// not hidden, the same look finds it.
/// </summary>
public sealed partial class LeakTests
{
    private const int Samples = 40;
    private const ulong MostEntryBytes = 64 * 4096;
    private const string Programs = "cd /tierce; ./probe debug now; ./probe registers 3 300; ./probe selectors 0 40; ls / > /dev/null";

    [Fact]
    public void WithIsolationUserRootsHoldTheEntryPageAlone()
    {
        (Outcome outcome, List<(bool User, ulong Start, ulong Size)> seen) = Watch("on");
        Assert.Equal("done\ndone\ndone\n", outcome.Text);
        Assert.Contains("user roots hold the entry page alone", Log(outcome), StringComparison.Ordinal);
        ulong image = HoleLayout.KernelImage + 0x20_0000;
        Assert.All(seen, range => Assert.True(!range.User && range.Start >= image && range.Start + range.Size <= image + MostEntryBytes * 4, $"{range.Start:x} {range.Size:x}"));
        Assert.InRange(seen.DistinctBy(range => range.Start).Aggregate(0UL, (sum, range) => sum + range.Size), 4096UL, MostEntryBytes);

        // The barrier was taken for given: at most one a context switch, and one at least each time that a driver or monitor had its turn.
        ulong barriers = Counter(outcome, "barriers"), switches = Counter(outcome, "context-switches");
        Assert.InRange(barriers, switches / 4, switches);
    }

    [Fact]
    public void WithoutIsolationTheKernelIsSeen()
    {
        (Outcome outcome, List<(bool User, ulong Start, ulong Size)> seen) = Watch("off");
        Assert.Equal("done\ndone\ndone\n", outcome.Text);
        Assert.Contains(seen, range => range.Start < HoleLayout.DirectMap + (1UL << 32) && range.Size > MostEntryBytes);
        Assert.All(seen, range => Assert.False(range.User));
        Assert.DoesNotContain("barriers=", Log(outcome), StringComparison.Ordinal);

        // The emulator keeps nothing over a load of CR3: nothing is done for it.
        Assert.Contains("tierce: guests' user pages are not global\n", Log(outcome), StringComparison.Ordinal);
        Assert.DoesNotContain("global-flushes=", Log(outcome), StringComparison.Ordinal);
    }

    private static string Log(Outcome outcome) => File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));

    private static ulong Counter(Outcome outcome, string name) =>
        ulong.Parse(Regex.Match(Log(outcome), $" {name}=([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>Boots, and looks at the kernel's part of the loaded root each time that the machine is met in user mode.</summary>
    private static (Outcome Outcome, List<(bool User, ulong Start, ulong Size)> Seen) Watch(string mode)
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", $"leak-{mode}");
        string path = Path.Combine(Path.GetTempPath(), $"tierce-{Environment.ProcessId}-{mode}.sock");
        string options = mode == "on" ? "isolation=on barrier=on" : "isolation=off";
        Task<Outcome> run = Task.Run(() => Launcher.Call(
            logs,
            [],
            environment => environment["TIERCE_QEMU_ARGS"] = $"-chardev socket,id=look,path={path},server=on,wait=off -mon chardev=look",
            Path.Combine(Launcher.Root, "tierce"),
            "run", "--logs", logs, "--timeout", "180", "--kernel-cmdline", options, "--file", Launcher.Probe, "--exec", Programs));
        List<(bool User, ulong Start, ulong Size)> seen = [];
        try
        {
            Look(path, run, seen);
        }
        catch (Exception problem) when (problem is SocketException or IOException)
        {
            // The machine has ended.
        }

        Outcome outcome = run.Result.Expect(0).ExpectCleanLog();
        File.Delete(path);
        Assert.NotEmpty(seen);
        return (outcome, seen);
    }

    private static void Look(string path, Task run, List<(bool User, ulong Start, ulong Size)> seen)
    {
        while (!File.Exists(path) && !run.IsCompleted)
        {
            Thread.Sleep(100);
        }

        using Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(path));
        using NetworkStream stream = new(socket);
        Answer(stream);
        for (int sample = 0; sample < Samples && !run.IsCompleted; sample++)
        {
            Thread.Sleep(200);
            Ask(stream, "stop");
            if (Ask(stream, "info registers").Contains("CPL=3", StringComparison.Ordinal))
            {
                foreach (Match line in MappingLine().Matches(Ask(stream, "info mem")))
                {
                    ulong start = ulong.Parse(line.Groups[1].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    ulong size = ulong.Parse(line.Groups[2].Value, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    if (start is >= HoleLayout.Kernel and < HoleLayout.End)
                    {
                        seen.Add((line.Groups[3].Value == "u", start, size));
                    }
                }
            }

            Ask(stream, "cont");
        }
    }

    private static string Ask(NetworkStream stream, string command)
    {
        stream.Write(Encoding.ASCII.GetBytes(command + "\n"));
        return Answer(stream);
    }

    private static string Answer(NetworkStream stream)
    {
        StringBuilder text = new();
        byte[] buffer = new byte[65536];
        while (!text.ToString().EndsWith("(qemu) ", StringComparison.Ordinal))
        {
            int count = stream.Read(buffer);
            if (count == 0)
            {
                throw new IOException("the monitor is gone");
            }

            text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return text.ToString();
    }

    [GeneratedRegex("^([0-9a-f]{16})-[0-9a-f]{16} ([0-9a-f]{16}) ([u-])", RegexOptions.Multiline)]
    private static partial Regex MappingLine();
}
