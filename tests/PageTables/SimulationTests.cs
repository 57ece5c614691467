using System.Diagnostics;

namespace Tierce.PageTables;

/// <summary>Runs of the simulation. A failure names its seed and step; a soak runs twenty times as many seeds.</summary>
public sealed class SimulationTests
{
    private const int StepsOfRun = 20_000, RunsWithLeaks = 4;

    private static int Runs => Soak.Amount(brief: 60, full: 1200);

    [Fact]
    public void Hostile_guests_find_no_gap_in_the_cache()
    {
        long succeeded = 0;
        long refused = 0;
        long native = 0;
        long restarts = 0;
        Stopwatch clock = Stopwatch.StartNew();
        int[] seeds = [.. Soak.Seeds(Runs)];
        foreach (int seed in seeds)
        {
            Simulation.Run(seed, StepsOfRun, reckless: false, globals: (seed & 1) != 0, end =>
            {
                succeeded += end.Succeeded;
                refused += end.Refused;
                native += end.NativeWrites;
                restarts += end.Restarts;
            });
        }

        long steps = (long)seeds.Length * StepsOfRun;
        Assert.True(succeeded > steps / 20, $"only {succeeded} accesses succeeded");
        Assert.True(refused > steps / 20, $"only {refused} accesses were refused");
        Assert.True(native > steps / 1000, $"only {native} native writes");
        Assert.True(restarts > steps / 100, $"only {restarts} calls gave way");
        Soak.Record("page-tables", steps, "steps of hostile guests", seeds[0], clock);
    }

    /// <summary>A flush that leaves what is global is found, wherever it is.</summary>
    [Theory]
    [InlineData(Leak.Flush)]
    [InlineData(Leak.Notes)]
    [InlineData(Leak.Roots)]
    [InlineData(Leak.Turn)]
    public void A_flush_that_keeps_globals_is_found(Leak leak)
    {
        int found = 0;
        foreach (int seed in Soak.Seeds(RunsWithLeaks))
        {
            try
            {
                Simulation.Run(seed, StepsOfRun, reckless: false, globals: true, leak: leak);
            }
            catch (BrokenPromiseException)
            {
                found++;
            }
        }

        Assert.True(found > 0, $"{leak} was not found");
    }

    [Fact]
    public void A_guest_that_forgets_notes_harms_itself_alone()
    {
        Stopwatch clock = Stopwatch.StartNew();
        int[] seeds = [.. Soak.Seeds(Runs / 5)];
        foreach (int seed in seeds)
        {
            Simulation.Run(seed, StepsOfRun, reckless: true, globals: (seed & 1) != 0);
        }

        Soak.Record("page-tables-reckless", (long)seeds.Length * StepsOfRun, "steps of guests that forget notes", seeds[0], clock);
    }
}
