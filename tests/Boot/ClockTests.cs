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

    /// <summary>Each boot meets as many spinning processes as would double a clock that believes one measurement.</summary>
    [Fact]
    public void ABusyHostDoesNotChangeAGuestsClock()
    {
        Stopwatch clock = Stopwatch.StartNew();
        double host = HostRate();
        int boots = Soak.Amount(1, 50);
        for (int i = 0; i < boots; i++)
        {
            double detected = Boot($"clock-{i}", (guest, line) => Check(guest, Soak.Amount(8, 2), false));
            Assert.True(Math.Abs((detected / host) - 1) <= RateLimit, $"boot {i}: {detected} Hz in the guest, {host} Hz on the host");
        }

        Soak.Record("clock-boots", boots, "boots", 1, clock);
    }

    /// <summary>The date stays the host's while the processes go on: ten minutes of it.</summary>
    [Fact]
    public void TheDateStaysTheHosts()
    {
        if (!Soak.IsFull)
        {
            return;
        }

        Stopwatch clock = Stopwatch.StartNew();
        Boot("clock-date", (guest, line) => Check(guest, 600, true));
        Soak.Record("clock-date", 600, "seconds", 1, clock);
    }

    /// <summary>Boots beside spinning processes, and looks at the guest's date at the start and at the end of a time.</summary>
    private static double Boot(string name, Action<GuestClock, string> check)
    {
        Spinners spinners = new(Processes);
        try
        {
            using GuestClock guest = new(name);
            string line = guest.ReadLine();
            spinners.Dispose();
            check(guest, line);
            return double.Parse(Detected().Match(line).Groups[1].Value, CultureInfo.InvariantCulture) * 1e6;
        }
        finally
        {
            spinners.Dispose();
        }
    }

    private static void Check(GuestClock guest, int seconds, bool beside)
    {
        CheckDate(guest, "at the start");
        using (new Spinners(beside ? Processes : 0))
        {
            Thread.Sleep(TimeSpan.FromSeconds(seconds));
        }

        CheckDate(guest, $"after {seconds} s");
    }

    private static void CheckDate(GuestClock guest, string when)
    {
        (double least, double most) = guest.Ahead(Questions);
        Assert.True(least <= DateLimit && most >= -DateLimit, $"{when} the guest's date is {least:F3} to {most:F3} s ahead of the host's");
    }

    /// <summary>The rate of the host's time-stamp counter, which is the guest's.</summary>
    private static double HostRate()
    {
        string folder = Path.Combine(Launcher.Root, "artifacts", "logs", "clock-host");
        Directory.CreateDirectory(folder);
        string program = Path.Combine(folder, "rate");
        Launcher.Call(folder, [], null, "gcc", "-O1", "-o", program, Path.Combine(Launcher.Root, "tests", "Boot", "Programs", "rate.c")).Expect(0);
        return double.Parse(Launcher.Call(folder, [], null, program).Expect(0).Text, CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"tsc: Detected (\d+\.\d+) MHz")]
    private static partial Regex Detected();
}
