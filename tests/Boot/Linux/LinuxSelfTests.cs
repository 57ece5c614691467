using System.Diagnostics;
using System.IO.Compression;
using System.Text;

namespace Tierce.Boot.Tests;

/// <summary>
/// Linux's own tests of what a program sees of an x86 processor: in a guest, and on the machine itself. What differs is what
/// <c>docs/reference/linux-tests.md</c> lists, with reasons.
/// </summary>
public sealed class LinuxSelfTests
{
    /// <summary>
    /// QEMU 7.2 adds the base of DS to an access with a DS prefix in 64-bit mode, by which Linux replaces <c>lock</c> on one processor: tests
    /// that load DS could make its kernel spin, natively too. QEMU's processor has five levels of page tables, Xen's PV interface four.
    /// </summary>
    internal const string KernelWords = "noreplace-smp no5lvl";

    /// <summary>Seconds of the guest's clock that one program may take, and of the host's for a whole run.</summary>
    private const int ProgramLimit = 300, RunLimit = 1500;

    /// <summary>
    /// Says what each program said, and its status, as one compressed stream: lines over the serial port cost more than the tests. A
    /// child may outlive the program that it belongs to, so outputs are read when all have ended.
    /// </summary>
    private static readonly string s_script = $"""
        echo 0 >/proc/sys/debug/exception-trace
        mkdir /out; cd /selftests
        for t in *; do echo $t >&2; timeout -s KILL {ProgramLimit} ./$t </dev/null >/out/$t 2>&1; echo $? >/out/$t.status; done
        for t in *; do echo "=== $t $(cat /out/$t.status)"; cat /out/$t; echo; done | gzip
        """;

    /// <summary>All programs on both sides, compared line by line.</summary>
    [SoakFact]
    public void NothingDiffersButWhatThePageLists()
    {
        Stopwatch clock = Stopwatch.StartNew();
        IReadOnlyList<SelfTest> tests = SelfTestPrograms.Build();
        Verdicts native = Run("selftests-native", tests, native: true);
        Verdicts guest = Run("selftests", tests, native: false);
        string[] names = LinuxTestsPage.Sorted(tests.Select(test => test.Name));
        Assert.Equal(names, LinuxTestsPage.Sorted(native.Programs));
        Assert.Equal(names, LinuxTestsPage.Sorted(guest.Programs));
        Assert.Equal(
            LinuxTestsPage.Entries(LinuxTestsPage.SelfTestsDiffer),
            LinuxTestsPage.Sorted(native.Against(guest).Select(difference => $"{difference.Program} | {difference.Line} | {difference.Native} | {difference.Tierce}")));
        Assert.Equal(
            LinuxTestsPage.Entries(LinuxTestsPage.SelfTestsFail),
            LinuxTestsPage.Sorted(native.Failures.Where(failure => guest.Count(failure) == native.Count(failure))
                .Select(failure => $"{failure.Program} | {failure.Line} | {native.Count(failure)}")));
        Soak.Record("linux-selftests", tests.Count, "programs, natively and in a guest", 0, clock);
    }

    [Fact]
    public void DifferencesAreNoticed()
    {
        Verdicts native = Verdicts.Read("=== a_64 0\n[RUN]\tone\n[OK]\tGot #GP(0x0x40)\n[OK]\tGot #GP(0x8)\n=== b_32 0\n[OK]\tx\n");
        Verdicts guest = Verdicts.Read("=== a_64 1\n[OK]\tGot #GP(0x40)\n[FAIL]\t0x1 for 0x2\n=== b_32 0\n[OK]\tx\n");
        Assert.Equal(
            [new("a_64", "[FAIL] # for #", 0, 1), new("a_64", "[OK] Got #GP(#)", 2, 1), new("a_64", Verdicts.Status, 0, 1)],
            native.Against(guest).OrderBy(difference => difference.Line, StringComparer.Ordinal));
        Assert.Equal([("a_64", Verdicts.Status), ("a_64", "[FAIL] # for #")], guest.Failures);
        Assert.Equal(["a_64", "b_32"], guest.Programs.Order(StringComparer.Ordinal));
    }

    private static Verdicts Run(string name, IReadOnlyList<SelfTest> tests, bool native)
    {
        string[] options =
        [
            "--timeout", $"{RunLimit}", "--cmdline", KernelWords,
            .. tests.SelectMany(test => (string[])["--file", $"{test.Path}:/selftests/{test.Name}"]),
            .. LinuxSystem.RuntimeOptions(tests.Select(test => (test.Path, test.Bits))),
        ];
        Outcome outcome = (native ? Launcher.ExecuteNatively(name, s_script, options) : Launcher.Execute(name, s_script, options)).Expect(0);
        if (!native)
        {
            outcome.ExpectCleanLog();
        }

        using GZipStream unpacked = new(new MemoryStream(outcome.Output), CompressionMode.Decompress);
        using StreamReader reader = new(unpacked, Encoding.Latin1);
        string said = reader.ReadToEnd();
        File.WriteAllText(Path.Combine(outcome.Logs, "said.txt"), said);
        return Verdicts.Read(said);
    }
}
