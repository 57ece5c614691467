using Tierce.Tool.Testing;

namespace Tierce.HostTool.Tests;

public sealed class TestTimesTests
{
    [Fact]
    public void Longest_classes_come_first_and_short_ones_are_left_out()
    {
        ProjectResult unit = new("Unit", 2, 0, 3.4, [], new Dictionary<string, double> { ["IpcTests"] = 1.4, ["TimerTests"] = 0.2 });
        ProjectResult boot = new("Boot", 1, 0, 60, [], new Dictionary<string, double> { ["StormTests"] = 50, ["EndTests"] = 70.6 });
        Assert.Equal(
            "seconds of wall time: 63 in all, Unit 3, Boot 60\nlongest classes: Boot/EndTests 71, Boot/StormTests 50, Unit/IpcTests 1\n",
            TestTimes.Describe([unit, boot]));
    }

    [Fact]
    public void A_run_that_could_not_start_has_no_times() => Assert.Empty(TestTimes.Describe([ProjectResult.NotRun("start", 0, "no SDK")]));
}
