using System.Diagnostics;
using Tierce.Abi;

namespace Tierce.Simulation;

public sealed class SimulationTests
{
    private const int Steps = 4000;

    [Fact]
    public void The_kernel_does_what_the_model_says()
    {
        Stopwatch clock = Stopwatch.StartNew();
        int[] seeds = [.. Soak.Seeds(Soak.Amount(brief: 12, full: 400))];
        foreach (int seed in seeds)
        {
            using Driver driver = new(seed);
            for (int step = 0; step < Steps; step++)
            {
                string? difference = driver.Step();
                Assert.True(difference == null, $"TIERCE_SEED={seed}, step {step}: {difference}");
            }

            Assert.True(driver.Statuses[Status.Ok] > Steps / 4, "too few calls succeed to show anything");
            Assert.True(driver.Statuses.Count >= 6, "too few ways to fail are met");
        }

        Soak.Record("kernel-calls", (long)seeds.Length * Steps, "calls compared with the model", seeds[0], clock);
    }

    [Fact]
    public void A_model_that_is_wrong_is_noticed()
    {
        using Driver driver = new(1) { Sabotage = true };
        int step = 0;
        while (step < Steps && driver.Step() == null)
        {
            step++;
        }

        Assert.True(step < Steps);
    }
}
