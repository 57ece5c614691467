using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Tierce.Soaking;
using Tierce.Tool.Control;

namespace Tierce.Boot.Tests;

/// <summary>
/// Nothing that was reported as stable is lost when a disk's driver, its back end, or the machine is killed, at whatever point. The guest
/// sees no error when a driver or back end is killed; its requests take longer.
/// </summary>
public sealed class DiskKillTests
{
    [Fact]
    public void RecordsOutliveDriverAndBackEnd()
    {
        int kills = Soak.Amount(24, 1000);
        Stopwatch clock = Stopwatch.StartNew();
        Random random = new(Soak.FirstSeed);
        using RecordRun run = new("disk-kill");
        run.WaitFor(10);
        int drivers = 0;
        using (ControlLine control = run.Control())
        {
            for (int i = 0; i < kills; i++)
            {
                bool driver = random.Next(2) == 0;
                drivers += driver ? 1 : 0;
                control.Ask($"restart-{(driver ? "driver" : "back-end")} guest xvda");
                run.WaitFor(run.Last + random.Next(8, 40));
            }
        }

        run.End();
        run.ExpectRecords();
        string log = File.ReadAllText(Path.Combine(run.Logs, "tierce.log"));
        Assert.Equal(drivers, Regex.Count(log, "driver disk0 is started again\n"));
        Assert.Equal(kills - drivers, Regex.Count(log, "guest guest: its back end is started again\n"));

        // A kill between two requests is no pause; then an ordinary request takes its place in the list.
        TimeSpan[] pauses = run.Slow[..Math.Min(kills, run.Slow.Length)];
        if (Soak.IsFull)
        {
            Assert.InRange(pauses[pauses.Length / 2], TimeSpan.Zero, TimeSpan.FromMilliseconds(100));
            Assert.InRange(pauses[0], TimeSpan.Zero, TimeSpan.FromMilliseconds(750));
        }

        Soak.Record("disk-kills", kills, "kills of a driver or back end", Soak.FirstSeed, clock);
        Soak.Record("disk-pause-median", (long)pauses[pauses.Length / 2].TotalMicroseconds, "microseconds", Soak.FirstSeed, clock);
        Soak.Record("disk-pause-worst", (long)pauses[0].TotalMicroseconds, "microseconds", Soak.FirstSeed, clock);
    }

    [Fact]
    public void RecordsOutliveTheMachine()
    {
        int kills = Soak.Amount(1, 20);
        Stopwatch clock = Stopwatch.StartNew();
        Random random = new(Soak.FirstSeed);
        for (int i = 0; i < kills; i++)
        {
            using RecordRun run = new(string.Create(CultureInfo.InvariantCulture, $"disk-kill-machine-{i % 2}"));
            run.WaitFor(random.Next(10, 500));
            run.Kill();
            run.ExpectRecords();
        }

        Soak.Record("machine-kills", kills, "kills of the machine", Soak.FirstSeed, clock);
    }
}
