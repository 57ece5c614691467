using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Tierce.Soaking;

namespace Tierce.Boot.Tests;

/// <summary>A guest's clock is right from its first second on, however busy the host is.</summary>
public sealed partial class ClockTests
{
    private const int Processes = 8;

    /// <summary>What the rate may be off by, as a part of one, and the date, in seconds.</summary>
    private const double RateLimit = 0.001;
    private const double DateLimit = 0.05;
    private const int Questions = 20;

    /// <summary>
    /// Reads the date while processes spin, and the time between two: in six seconds a clock that is a percent wrong is seen.
    /// </summary>
    private static readonly int s_looks = Soak.Amount(1, 10);
    private static readonly TimeSpan s_wait = Soak.IsFull ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(6);

    /// <summary>Each boot meets as many spinning processes as would double a clock that believes one measurement, until the guest begins.</summary>
    [SoakFact]
    public void NoBootOnABusyHostFindsAnotherRate()
    {
        Stopwatch clock = Stopwatch.StartNew();
        double host = HostRate();
        string program = Compile("date", "-static");
        const int Boots = 50;
        for (int i = 0; i < Boots; i++)
        {
            using GuestClock guest = Boot($"clock-{i}", program);
            CheckRate(guest, host, $"boot {i}");
        }

        Soak.Record("clock-boots", Boots, "boots", 1, clock);
    }

    /// <summary>
    /// While processes spin a guest finds the host's rate, and its date is the host's from its first second on: for six seconds here, for ten
    /// minutes in a soak. None spin while Linux boots, when nothing is measured.
    /// </summary>
    [Fact]
    public void ABusyHostChangesNeitherRateNorDate()
    {
        Stopwatch clock = Stopwatch.StartNew();
        double host = HostRate();
        string program = Compile("date", "-static");
        using GuestClock guest = Boot("clock-date", program);
        CheckRate(guest, host, "the guest");
        using Spinners spinners = new(Processes);
        CheckDate(guest, "at the start");
        for (int look = 1; look <= s_looks; look++)
        {
            Thread.Sleep(s_wait);
            CheckDate(guest, $"after {look * s_wait}");
        }

        Soak.Record("clock-date", s_looks, "looks", 1, clock);
    }

    private static GuestClock Boot(string name, string program)
    {
        GuestClock guest = new(name, program);
        string log = Path.Combine(guest.Logs, "tierce.log");

        // QEMU makes the log before the machine's first instruction. The tool, which prepares the machine, would only be slower.
        while (guest.IsRunning && !File.Exists(log))
        {
            Thread.Sleep(5);
        }

        using Spinners spinners = new(Processes);
        while (guest.IsRunning && !Launcher.ReadShared(log).Contains("tierce: guest guest entry", StringComparison.Ordinal))
        {
            Thread.Sleep(50);
        }

        return guest;
    }

    /// <summary>The rate that the guest's kernel found is the host's.</summary>
    private static void CheckRate(GuestClock guest, double host, string who)
    {
        double detected = double.Parse(Detected().Match(guest.ReadLine()).Groups[1].Value, CultureInfo.InvariantCulture) * 1e6;
        Assert.True(Math.Abs((detected / host) - 1) <= RateLimit, $"{who}: {detected} Hz in the guest, {host} Hz on the host");
    }

    /// <summary>The guest's date is the host's, as far as the answers that came soonest can tell.</summary>
    private static void CheckDate(GuestClock guest, string when)
    {
        (double least, double most) = guest.Ahead(Questions);
        Assert.True(least <= DateLimit && most >= -DateLimit, $"{when} the guest's date is {least:F3} to {most:F3} s ahead of the host's");
    }

    private static double HostRate() => double.Parse(Launcher.Call(Folder, [], null, Compile("rate")).Expect(0).Text, CultureInfo.InvariantCulture);

    private static string Folder => Directory.CreateDirectory(Path.Combine(Launcher.Root, "artifacts", "logs", "clock-programs")).FullName;

    private static string Compile(string name, params string[] options)
    {
        string program = Path.Combine(Folder, name);
        string source = Path.Combine(Launcher.Root, "tests", "Boot", "Programs", name + ".c");
        Launcher.Call(Folder, [], null, "gcc", ["-O1", .. options, "-o", program, source]).Expect(0);
        return program;
    }

    [GeneratedRegex(@"tsc: Detected (\d+\.\d+) MHz")]
    private static partial Regex Detected();
}
