using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Tierce.Boot.Tests.LongestFirst", "Tierce.Boot.Tests")]

namespace Tierce.Boot.Tests;

/// <summary>Classes run three at a time, of which some wait, the tests of each one by one: the longest begin first, so that none runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest =
    [
        nameof(StressNgTests), nameof(LinuxSelfTests), nameof(ConsoleRestartTests), nameof(StormTests), nameof(EntryTests), nameof(ApplicationTests), nameof(GroupTests), nameof(BenchTests), nameof(ExecTests),
        nameof(CasesTests), nameof(HostileTests), nameof(ShortEntryTests), nameof(BochsTests), nameof(LineSweepTests), nameof(MemoryStressTests),
    ];

    /// <inheritdoc/>
    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(Place).ThenBy(collection => collection.DisplayName, StringComparer.Ordinal);

    private static int Place(ITestCollection collection)
    {
        int at = Array.FindIndex(s_longest, name => collection.DisplayName.EndsWith("." + name, StringComparison.Ordinal));
        return at < 0 ? s_longest.Length : at;
    }
}
