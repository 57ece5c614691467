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

    /// <summary>Between two looks at the date: a clock that is a percent wrong is seen.</summary>
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(6);

    /// <summary>
    /// Each boot meets as many spinning processes as would double a clock that believes one measurement, until the guest begins. A soak then
    /// looks at one guest's date for ten minutes beside them.
    /// </summary>
    [Fact]
    public void ABusyHostDoesNotChangeAGuestsClock()
    {
        Stopwatch clock = Stopwatch.StartNew();
        double host = double.Parse(Launcher.Call(Folder, [], null, Compile("rate")).Expect(0).Text, CultureInfo.InvariantCulture);
        string date = Compile("date", "-static");
        int boots = Soak.Amount(1, 50);
        for (int i = 0; i < boots; i++)
        {
            using GuestClock guest = Boot($"clock-{i}", date);
            double detected = Rate(guest);
            Assert.True(Math.Abs((detected / host) - 1) <= RateLimit, $"boot {i}: {detected} Hz in the guest, {host} Hz on the host");
            if (i == 0)
            {
                (double Least, double Most) start = guest.Ahead(Questions);
                Thread.Sleep(s_wait);
                CheckDate(guest, start, "later");
            }
        }

        Soak.Record("clock-boots", boots, "boots", 1, clock);
        if (Soak.IsFull)
        {
            CheckForMinutes(date);
        }
    }

    private static GuestClock Boot(string name, string program)
    {
        using Spinners spinners = new(Processes);
        GuestClock guest = new(name, program);
        string log = Path.Combine(guest.Logs, "tierce.log");
        while (guest.IsRunning && !Launcher.ReadShared(log).Contains("tierce: guest guest entry", StringComparison.Ordinal))
        {
            Thread.Sleep(50);
        }

        return guest;
    }

    private static void CheckForMinutes(string program)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using Spinners spinners = new(Processes);
        using GuestClock guest = new("clock-date", program);
        Rate(guest);
        (double Least, double Most) start = guest.Ahead(Questions);
        const int Minutes = 10;
        for (int minute = 1; minute <= Minutes; minute++)
        {
            Thread.Sleep(TimeSpan.FromMinutes(1));
            CheckDate(guest, start, $"after {minute} minutes");
        }

        Soak.Record("clock-date", Minutes, "minutes", 1, clock);
    }

    /// <summary>The rate that the guest's kernel found.</summary>
    private static double Rate(GuestClock guest) => double.Parse(Detected().Match(guest.ReadLine()).Groups[1].Value, CultureInfo.InvariantCulture) * 1e6;

    /// <summary>
    /// The guest's date has not moved against the host's. How far apart they are from the start on is not looked at: Linux counts ticks until
    /// it has chosen a clock source, and loses those that come late.
    /// </summary>
    private static void CheckDate(GuestClock guest, (double Least, double Most) start, string when)
    {
        (double least, double most) = guest.Ahead(Questions);
        Assert.True(
            least - start.Most <= DateLimit && most - start.Least >= -DateLimit,
            $"at the start the guest's date is {start.Least:F3} to {start.Most:F3} s ahead of the host's, {when} {least:F3} to {most:F3} s");
    }

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
