using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Tierce.Boot.Tests.LongestFirst", "Tierce.Boot.Tests")]

namespace Tierce.Boot.Tests;

/// <summary>Classes run four at a time, of which some wait, the tests of each one by one: the longest begin first, so that none runs alone at the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest =
    [
        nameof(StressNgTests), nameof(LinuxSelfTests), nameof(StormTests), nameof(EntryTests), nameof(GroupTests), nameof(BenchTests), nameof(ApplicationTests), nameof(ExecTests),
        nameof(DiskCrashTests), nameof(CasesTests), nameof(HostileTests), nameof(ConsoleRestartTests), nameof(ShortEntryTests), nameof(BochsTests), nameof(BindingTests),
        nameof(DiskRestartTests), nameof(IsolationTests), nameof(MemoryStressTests), nameof(ProcessorTests),
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
