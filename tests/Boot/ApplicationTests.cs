using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.Boot.Tests;

/// <summary>Raw applications, alone and together with guests.</summary>
public sealed partial class ApplicationTests
{
    [Fact]
    public void LatencyRecorderPrintsAHistogramBesideBusyGuests()
    {
        Outcome outcome = Launcher.Run(
            "app-latency",
            [],
            "--app",
            "LatencyRecorder samples=3000 period=1000",
            "--guests",
            "2",
            "--memory",
            "192M",
            "--exec",
            "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo counted $i").Expect(0);
        Assert.Contains("guest1: counted 200000\n", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("guest2: counted 200000\n", outcome.Text, StringComparison.Ordinal);
        Assert.Contains("LatencyRecorder: 3000 samples, one every 1000 us", outcome.Text, StringComparison.Ordinal);
        int[] buckets = [.. Buckets().Matches(outcome.Text).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        Assert.True(buckets.Length > 1, outcome.Text);
        Assert.Equal(3000, buckets.Sum());
    }

    [Fact]
    public void ApplicationsRunWithoutGuestsAndTheirFailureIsTold()
    {
        Outcome outcome = Launcher.Run("app-alone", [], "--app", "LatencyRecorder samples=100").Expect(0);
        Assert.StartsWith("100 samples", outcome.Text, StringComparison.Ordinal);
        Outcome bad = Launcher.Run("app-bad", [], "--app", "LatencyRecorder samples=many").Expect(125);
        Assert.Contains("application LatencyRecorder died", bad.Error, StringComparison.Ordinal);
        Assert.Contains("LatencyRecorder: samples failed", bad.Error, StringComparison.Ordinal);
    }

    /// <summary>
    /// What the guide says, in a copy of the tree: from the template to its output. The copy has the tool as it is built, with the times by
    /// which the launcher knows it; the images are built anew. It lacks what this run does not take.
    /// </summary>
    [Fact]
    public void TemplateBuildsAndRuns()
    {
        string logs = Path.Combine(Launcher.Root, "artifacts", "logs", "new-app");
        const string Script = "set -e; rm -rf \"$0\"; mkdir -p \"$0/artifacts\"; cp -a src apps build Directory.* Tierce.slnx tierce \"$0\"; cp -a artifacts/tool \"$0/artifacts\"; "
            + "for file in .editorconfig global.json; do [ ! -e $file ] || cp -a $file \"$0\"; done; "
            + "cd \"$0\"; rm -r src/Guests src/GuestBench apps/*; ./tierce new app Clock; ./tierce run --app 'Clock times=2' </dev/null; cd ..; rm -rf \"$0\"";
        Outcome outcome = Launcher.Call(logs, [], environment => environment.Remove("TIERCE_NO_BUILD"), "bash", "-c", Script, logs).Expect(0);
        Assert.Contains("apps/Clock/Program.cs\nhello, number 1\nhello, number 2\n", outcome.Text, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^LatencyRecorder: from +\d+ ns +(\d+)", RegexOptions.Multiline)]
    private static partial Regex Buckets();
}
