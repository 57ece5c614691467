namespace Tierce.PageTables;

/// <summary>Runs of the simulation. A failure names its seed and step; TIERCE_SOAK=1 runs twenty times as many seeds.</summary>
public sealed class SimulationTests
{
    private const int StepsOfRun = 20_000;

    private static int Runs => Environment.GetEnvironmentVariable("TIERCE_SOAK") == "1" ? 1200 : 60;

    [Fact]
    public void Hostile_guests_find_no_gap_in_the_cache()
    {
        long succeeded = 0;
        long refused = 0;
        long native = 0;
        for (int seed = 0; seed < Runs; seed++)
        {
            Simulation.Run(seed, StepsOfRun, reckless: false, end =>
            {
                succeeded += end.Succeeded;
                refused += end.Refused;
                native += end.NativeWrites;
            });
        }

        long steps = (long)Runs * StepsOfRun;
        Assert.True(succeeded > steps / 20, $"only {succeeded} accesses succeeded");
        Assert.True(refused > steps / 20, $"only {refused} accesses were refused");
        Assert.True(native > steps / 1000, $"only {native} native writes");
    }

    [Fact]
    public void A_guest_that_forgets_notes_harms_itself_alone()
    {
        for (int seed = 0; seed < Runs / 5; seed++)
        {
            Simulation.Run(seed, StepsOfRun, reckless: true);
        }
    }
}
