using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>Memory that Tierce itself takes for a guest, from the log lines of the programs that take it.</summary>
/// <param name="Parts">Bytes, by purpose.</param>
/// <param name="Ram">The guest's memory, in bytes.</param>
internal sealed record MemoryUse(IReadOnlyList<(string What, double Bytes)> Parts, double Ram)
{
    /// <summary>Of the guest's memory, Tierce may take this share and <see cref="Fixed"/>.</summary>
    private const double Share = 0.03;

    private const double Fixed = 1 << 20;
    private const double Page = 4096;
    private const string Driver = "console";

    /// <summary>All of it.</summary>
    public double Total => Parts.Sum(part => part.Bytes);

    /// <summary>The limit.</summary>
    public double Limit => (Ram * Share) + Fixed;

    /// <summary>Boots a guest of the size that is measured, 512 MiB, and reads what it took.</summary>
    public static MemoryUse Measure(Repository tree, string guest) =>
        Read(BenchBoot.Run(tree, guest, Carrier.Tierce, [], count: false, new TierceSettings()).Log);

    /// <summary>Reads a log.</summary>
    /// <exception cref="ToolException">It lacks the lines.</exception>
    public static MemoryUse Read(TierceLog log)
    {
        IReadOnlyDictionary<string, ulong> pages = log.GuestPages;
        if (!pages.ContainsKey("ram") || log.ProgramPages(Driver) is not { } driver)
        {
            throw new ToolException($"the log does not say what the guest took\n{log.Tail(10)}");
        }

        return new MemoryUse(
            [
                ("page-tables", pages["page-tables"] * Page),
                ("above-ram", pages["above-ram"] * Page),
                ("p2m", pages["p2m"] * Page),
                ("monitor", pages["monitor"] * Page),
                ("console-ring", pages["console"] * Page),
                ("console-driver", driver * Page),
            ],
            pages["ram"] * Page);
    }
}
