using System.Collections.Concurrent;

namespace Tierce.Boot.Tests;

/// <summary>Each way into the ROM: a guest that offers it boots by it, one that does not is refused by the way's name.</summary>
public sealed class EntryTests
{
    /// <summary>Processes make events hit every exit of the ROM.</summary>
    private const string Processes = "i=0; while [ $i -lt 100 ]; do /bin/true & i=$((i + 1)); done; wait; seq 1 20000 | sort -rn | tail -1";

    /// <summary>Bytes of one of Linux's functions: the kernel's text stands where the second program header of its own dump says.</summary>
    private const string Calls = "a=$(grep -w pmd_huge /proc/kallsyms | cut -d' ' -f1); set -- $(od -An -td8 -j128 -N16 -w16 /proc/kcore); "
        + "dd if=/proc/kcore bs=1 skip=$((0x$a - $2 + $1)) count=64 2>/dev/null | od -An -tx1 -w64";

    /// <summary>Linux's tracer, on, off and on again.</summary>
    private const string Trace = "mount -t tracefs none /sys/kernel/tracing && cd /sys/kernel/tracing && echo 'xen_*' >set_ftrace_filter && echo function >current_tracer && /bin/true; echo nop >current_tracer; "
        + "echo function >current_tracer && for i in 1 2 3; do /bin/true; done; grep -oE ': xen_(load_sp0|write_cr3)' trace | sort -u; echo nop >current_tracer; /bin/true";

    /// <summary>What separates the commands' outputs.</summary>
    private const string Mark = "---\n";

    private static readonly ConcurrentDictionary<(string, string), Lazy<Outcome>> s_boots = new();

    /// <summary>Each way is asked for by name; <see cref="KernelTests"/> has the default.</summary>
    [Theory]
    [InlineData("cloud", "patch")]
    [InlineData("cloud", "patch-more")]
    [InlineData("cloud", "trap")]
    [InlineData("generic", "patch")]
    [InlineData("generic", "trap")]
    [InlineData("linux-image-6.12-rt-amd64", "patch-more")]
    [InlineData("linux-image-6.12-cloud-amd64", "patch-more")]
    public void DebianBootsByEachPatchAndByTrap(string guest, string way)
    {
        Outcome outcome = Debian(guest, way);
        Assert.Equal("1\n", outcome.Text.Split(Mark)[0]);
        Assert.Contains($"enters the ROM by {way}\n", Log(outcome), StringComparison.Ordinal);
    }

    /// <summary>Linux's tracer changes functions as well: those that the monitor has changed are traced as without it.</summary>
    [Theory]
    [InlineData("patch-more")]
    [InlineData("trap")]
    public void LinuxTracesWhatIsPatched(string way) => Assert.Equal(": xen_load_sp0\n: xen_write_cr3\n", Debian("cloud", way).Text.Split(Mark)[2]);

    /// <summary>Linux itself puts a move in place of its calls of the helpers: seen in one of its functions, in memory.</summary>
    [Theory]
    [InlineData("patch-more", true)]
    [InlineData("patch", false)]
    public void LinuxReplacesItsCallsOfHelpers(string way, bool replaced)
    {
        string bytes = Debian("cloud", way).Text.Split(Mark)[1];
        Assert.Contains(" 25 81 00 00 00 48 83 f8 01", bytes, StringComparison.Ordinal);
        Assert.Equal(replaced, bytes.Contains(" 48 89 f8 0f 1f 00 25 81", StringComparison.Ordinal));
        Assert.NotEqual(replaced, bytes.Contains(" e8 ", StringComparison.Ordinal));
    }

    [Fact]
    public void PageIsRefusedToAGuestThatAsksForNone()
    {
        Outcome outcome = Launcher.Execute("entry-page", "true", "--entry", "page").Expect(125);
        Assert.Contains("entry=page: the kernel asks for no hypercall page", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("page")]
    [InlineData("trap")]
    [InlineData("auto")]
    public void GuestWithAHypercallPageRunsByIt(string way)
    {
        // It checks what the ROM leaves of its registers, takes five timer events, runs two processes by turns, and switches off.
        Outcome outcome = Small($"small-{way}", way).Expect(0);
        Assert.Equal(
            "small: hello\nsmall: hypercalls keep RCX and R11\nsmall: a stepped hypercall returns\n" + string.Concat(Enumerable.Range(1, 5).Select(tick => $"small: timer event {tick}\n"))
                + string.Concat(Enumerable.Range(1, 3).Select(count => $"small: first process counts {count}\nsmall: second process counts {count}\n"))
                + "small: done\n",
            outcome.Text);
        Assert.Contains($"enters the ROM by {(way == "auto" ? "page" : way)}\n", Log(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public void GrubReachesItsPromptByTrapAndTakesCommands()
    {
        // Keys come from a pipe, paced: each command is typed when there is a prompt. The first key answers GRUB's "press any key".
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "grub");
        Directory.CreateDirectory(logs);
        (string transcript, string log) = (Path.Combine(logs, "transcript"), Path.Combine(logs, "tierce.log"));
        File.Delete(transcript);
        File.Delete(log);
        const string Keys = Typist.Functions
            + "(seen \"$0\" 'grub> ' 1; printf ' \\r'; seen \"$0\" 'grub> ' 2; printf 'expr_is_known=5; echo $expr_is_known-$grub_platform\\r'; "
            + "seen \"$0\" 'grub> ' 3; printf 'halt\\r'; seen \"$1\" 'ended: poweroff' 1)";
        Outcome outcome = Launcher.Call(
            logs,
            [],
            null,
            "bash",
            "-c",
            $"{Keys} | ./tierce run --guest grub --memory 128M --entry trap --timeout 300 --logs {logs} | tee \"$0\"; exit ${{PIPESTATUS[1]}}",
            transcript,
            log).Expect(0);
        Assert.Contains("GNU GRUB", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("5-xen", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("enters the ROM by trap\n", Log(outcome), StringComparison.Ordinal);
        Assert.Contains("ended: poweroff\n", Log(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public void CommandIsRefusedToAGuestThatIsNoLinux() =>
        Assert.Contains("--exec: the guest small is no Linux", Launcher.Execute("small-exec", "true", "--guest", "small").Expect(125).Error, StringComparison.Ordinal);

    [Fact]
    public void PatchIsRefusedToAGuestWithoutTheStubs() =>
        Assert.Contains("entry=patch: the kernel's text has no hypercall stub", Small("small-patch", "patch").Expect(125).Error, StringComparison.Ordinal);

    [Fact]
    public void UnknownWayIsRefused() =>
        Assert.Contains("--entry fly", Launcher.Execute("entry-fly", "true", "--entry", "fly").Expect(125).Error, StringComparison.Ordinal);

    [Fact]
    public void NativeGuestRunsProcessesAndTakesTheTimer()
    {
        Outcome outcome = Native("native").Expect(0);
        Assert.Equal(
            "native: hello\n" + string.Concat(Enumerable.Range(1, 5).Select(tick => $"native: timer event {tick}\n"))
                + string.Concat(Enumerable.Range(1, 3).Select(count => $"native: first process counts {count}\nnative: second process counts {count}\n"))
                + "native: first process is stopped\nnative: second process is stopped\nnative: first process ends\nnative: second process ends\n"
                + "native: done\n",
            outcome.Text);
        Assert.Contains("guest is native\n", Log(outcome), StringComparison.Ordinal);
    }

    [Fact]
    public void NativeGuestHasNoOtherWayIn() =>
        Assert.Contains("a native guest calls its ROM", Native("native-patch", "--entry", "patch").Expect(125).Error, StringComparison.Ordinal);

    [Fact]
    public void NativeGuestWithoutItsRomIsRefused() =>
        Assert.Contains("native-rom names no ROM", Native("native-no-rom", "--manifest-line", "native-rom=").Expect(125).Error, StringComparison.Ordinal);

    /// <summary>One boot of each kernel by each way; of the cloud kernel it serves three tests.</summary>
    private static Outcome Debian(string guest, string way) => s_boots.GetOrAdd((guest, way), _ => new Lazy<Outcome>(() =>
    {
        string[] commands = guest == "cloud" ? [Processes, Calls, Trace] : [Processes];
        return Launcher.ExecuteTested($"entry-{guest}-{way}", string.Join("; echo ---; ", commands), "--guest", guest, "--entry", way).Expect(0).ExpectCleanLog();
    })).Value;

    private static Outcome Native(string name, params string[] options) =>
        Launcher.Run(name, [], ["--guest", "native", "--memory", "64M", .. options]);

    private static Outcome Small(string name, string way) => Launcher.Run(
        name, [], "--guest", "small", "--memory", "64M", "--entry", way);

    private static string Log(Outcome outcome) => File.ReadAllText(Path.Combine(outcome.Logs, "tierce.log"));
}
