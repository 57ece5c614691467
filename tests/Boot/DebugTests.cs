namespace Tierce.Boot.Tests;

/// <summary>gdb in all pieces, and the trace of the kernel's events.</summary>
public sealed class DebugTests
{
    [Fact]
    public void GdbStopsInKernelMonitorAndRomWithNames()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "debug");
        Directory.CreateDirectory(logs);
        string script = Path.Combine(logs, "script");
        File.WriteAllText(script, """
            break Tierce_Kernel_Tierce_Kernel_Loading_RootDomain__Build
            continue
            backtrace
            delete
            break Tierce_Monitor_Tierce_Monitor_GuestLife__Build
            continue
            backtrace 1
            delete
            break Tierce_Kernel_Tierce_Kernel_VirtualCpu_VCpu__Control
            continue
            backtrace 3
            delete
            break Tierce_Rom_Tierce_Rom_State_Startup__Run
            continue
            backtrace 2
            info registers rip
            detach
            quit 5
            """);
        Outcome outcome = Launcher.Call(
            logs, [], null, Path.Combine(Launcher.Root, "tierce"), "debug", "--logs", logs, "--memory", "192M", "--exec", "true", "--batch", "-x", script).Expect(5);
        Assert.Matches(@"Breakpoint 1, 0xffff87ff80\w+ in Tierce_Kernel_Tierce_Kernel_Loading_RootDomain__Build \(\)", outcome.Text);
        Assert.Matches(@"#1 +0x\w+ in (?:kernel_main|Tierce_Kernel_Tierce_Kernel_Boot_KernelMain__Main) \(\)\n#2 +0x\w+ in boot_high \(\)", outcome.Text);
        Assert.Matches(@"Breakpoint 2, 0x0*80\w{4} in Tierce_Monitor_Tierce_Monitor_GuestLife__Build \(\)", outcome.Text);
        Assert.Matches(@"Breakpoint 3, 0x\w+ in Tierce_Kernel_Tierce_Kernel_VirtualCpu_VCpu__Control \(\)", outcome.Text);
        Assert.Matches(@"Breakpoint 4, 0xffff8080\w+ in Tierce_Rom_Tierce_Rom_State_Startup__Run \(\)", outcome.Text);
    }

    [Fact]
    public void TraceShowsTheKernelsEvents()
    {
        string file = Path.Combine(Launcher.Root, "artifacts", "logs", "events.txt");
        Launcher.Execute("trace", "sleep 1; ls / >/dev/null", "--memory", "192M", "--trace", file).Expect(0).ExpectCleanLog();
        string[] lines = File.ReadAllLines(file);
        foreach (string expected in new[]
        {
            "switch to virtual CPU", "switch to thread", "call DomainCreate", "call NotificationWait", "vm-call SetTimer", "hidden-fault address ffff", "guest-fault vector 14", "event pending 1 ", "interrupt vector",
        })
        {
            Assert.Contains(lines, line => line.Contains(expected, StringComparison.Ordinal));
        }

        // Time goes forward, and a call of a virtual CPU does not come while a domain's thread runs.
        double before = 0;
        bool isVirtual = false;
        foreach (string line in lines.Where(line => !line.StartsWith('#')))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            double now = double.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(now >= before, line);
            before = now;
            isVirtual = words[1] == "switch" ? words[3] == "virtual" : isVirtual;
            Assert.True(words[1] != "vm-call" || isVirtual || lines.Any(text => text.Contains("lost", StringComparison.Ordinal)), line);
        }
    }

    [Fact]
    public void DmesgPrintsTheLastLog()
    {
        string cache = Path.Combine(Launcher.Root, "artifacts", "logs", "dmesg-cache");
        Directory.CreateDirectory(cache);
        Outcome Call(params string[] arguments) =>
            Launcher.Call(cache, [], environment => environment["TIERCE_CACHE"] = cache, Path.Combine(Launcher.Root, "tierce"), arguments);
        File.Delete(Path.Combine(cache, "last.log"));
        Assert.Contains("no machine", Call("dmesg").Expect(125).Error, StringComparison.Ordinal);
        Call("run", "--app", "LatencyRecorder samples=10").Expect(0);
        Outcome log = Call("dmesg").Expect(0);
        Assert.StartsWith("tierce: version ", log.Text, StringComparison.Ordinal);
        Assert.Contains("application LatencyRecorder ended: 0", log.Text, StringComparison.Ordinal);
    }
}
