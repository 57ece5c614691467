using System.Globalization;
using Tierce.Abi;

namespace Tierce.Simulation;

public sealed class SimulationTests
{
    /// <summary>Set to a number to replay one seed.</summary>
    private const string SeedVariable = "TIERCE_SEED";

    private const int Steps = 4000;

    public static TheoryData<int> Seeds()
    {
        string? wanted = Environment.GetEnvironmentVariable(SeedVariable);
        return wanted == null ? new TheoryData<int>(Enumerable.Range(1, 12)) : new TheoryData<int>(int.Parse(wanted, CultureInfo.InvariantCulture));
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void The_kernel_does_what_the_model_says(int seed)
    {
        using Driver driver = new(seed);
        for (int step = 0; step < Steps; step++)
        {
            string? difference = driver.Step();
            Assert.True(difference == null, $"{SeedVariable}={seed}, step {step}: {difference}");
        }

        Assert.True(driver.Statuses[Status.Ok] > Steps / 4, "too few calls succeed to show anything");
        Assert.True(driver.Statuses.Count >= 6, "too few ways to fail are met");
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
