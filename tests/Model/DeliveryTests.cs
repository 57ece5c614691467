using System.Text.RegularExpressions;

namespace Tierce.Model.Tests;

/// <summary>
/// No event is lost and none is doubled, whatever comes between any two steps; and each precaution is needed: without it the model
/// shows the loss. What the model cites is held to the sources.
/// </summary>
public sealed partial class DeliveryTests
{
    private const string Model = "delivery.pml";

    /// <summary>The regions of the ROM that the model has, itself or by one that is like it.</summary>
    private static readonly string[] s_regions = ["exit_kernel", "exit_call", "exit_frame", "iret_user", "iret_kernel", "rom_block", "rom_block_while"];

    [Fact]
    public void NoEventIsLostOrDoubled()
    {
        string said = Checker.Run(Model);
        Assert.Contains("errors: 0", said, StringComparison.Ordinal);
        Assert.DoesNotContain("max search depth too small", said, StringComparison.Ordinal);

        // Every step was taken: only the ends of the processes, which go on for ever, are never reached.
        string[] unreached = [.. Unreached().Matches(said).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(unreached);
        Assert.All(unreached, what => Assert.Equal("-end-", what));
    }

    [Theory]
    [InlineData("NO_LAST_LOOK")]
    [InlineData("RCV_BLIND")]
    [InlineData("NO_EXIT_RESTART")]
    [InlineData("NO_IRET_RESTART")]
    [InlineData("NO_BLOCK_RESTART")]
    [InlineData("NO_INJECT")]
    [InlineData("BIND_DROPS")]
    public void WithoutAPrecautionAnEventIsLost(string macro)
    {
        Assert.Contains(macro, File.ReadAllText(PathOf(Model)), StringComparison.Ordinal);
        string said = Checker.Run(Model, macro);
        Assert.Matches(@"assertion violated \(\((fired|signalled)==", said);
        Assert.Contains("errors: 1", said, StringComparison.Ordinal);
    }

    [Fact]
    public void InputThatTwoTakeAtOnceIsDoubled() => Assert.Contains("assertion violated (moving<=ring)", Checker.Run(Model, "NO_TAKING_FLAG"), StringComparison.Ordinal);

    [Fact]
    public void AnEventThatIsNotTakenIsDoubled() => Assert.Contains("assertion violated (timerSeen<=fired)", Checker.Run(Model, "TAKEN_TWICE"), StringComparison.Ordinal);

    [Fact]
    public void TheRestartRegionsAreThoseOfTheRom()
    {
        string[] sources = ["src/Rom/Entry/entry.S", "src/Rom/Entry/helpers.S"];
        IEnumerable<string> found = sources.SelectMany(file => Region().Matches(File.ReadAllText(Path.Combine(Checker.Root, file))).Select(match => match.Groups[1].Value));
        Assert.Equal(s_regions.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
        string model = File.ReadAllText(PathOf(Model));
        Assert.All(s_regions, region => Assert.Contains(region, model, StringComparison.Ordinal));
    }

    [Fact]
    public void TheFunctionsThatTheModelCitesExist()
    {
        MatchCollection cited = Citation().Matches(File.ReadAllText(PathOf(Model)));
        Assert.True(cited.Count > 8);
        Assert.All(cited, match =>
        {
            string folder = match.Groups[1].Value, type = match.Groups[2].Value, method = match.Groups[3].Value;
            string[] files = Directory.GetFiles(Path.Combine(Checker.Root, "src", folder), $"{type}*.cs", SearchOption.AllDirectories);
            Assert.True(files.Any(file => Regex.IsMatch(File.ReadAllText(file), $@"\b{method}\(")), match.Value);
        });
    }

    private static string PathOf(string model) => Path.Combine(Checker.Root, "tests", "Model", model);

    [GeneratedRegex(@"\.pml:\d+, state \d+, ""(.*)""")]
    private static partial Regex Unreached();

    [GeneratedRegex(@"^        restart_since (\w+)(?:, \w+)?$", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"\b(Kernel|Rom)\.(?:Xen\.)?([A-Z]\w+)\.([A-Z]\w+)")]
    private static partial Regex Citation();
}
