using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Group;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>One kernel call, measured by the raw application of that name.</summary>
/// <param name="Name">What is done once.</param>
/// <param name="Instructions">Instructions of doing it once, including those of the partner's program: the median of several
/// rounds.</param>
/// <param name="Entries">Kernel entries that the kernel counted for it.</param>
internal sealed record CallCost(string Name, double Instructions, double Entries);

/// <summary>Instructions of kernel calls: boots the application <c>CallBench</c> alone, counting instructions.</summary>
internal static class CallBench
{
    private const string Application = "CallBench";
    private const string Row = "row ";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(3);

    /// <summary>Boots and measures.</summary>
    /// <exception cref="ToolException">The application did not finish.</exception>
    public static CallCost[] Run(Repository tree, TierceSettings settings)
    {
        using RunFolder folder = new(null);
        RunOptions options = new() { CountInstructions = true, KernelWords = settings.KernelWords };
        GroupBoot boot = GroupBoot.Prepare(tree, options, new GroupDescription([], [new ApplicationDescription(Application, string.Empty)], null), interactive: false, folder);
        using (Machine machine = Machine.Start(boot.Machine))
        {
            machine.Wait(s_limit);
        }

        TierceLog log = TierceLog.Read(folder.TierceLog);
        CallCost[] costs = Parse(log);
        if (costs.Length == 0)
        {
            folder.Keep = true;
            throw new ToolException($"the application {Application} measured nothing; logs are in {folder.Path}\n{log.Tail(10)}");
        }

        return costs;
    }

    /// <summary>Reads the application's lines.</summary>
    public static CallCost[] Parse(TierceLog log) =>
        [.. log.LinesOf(Application).Where(line => line.StartsWith(Row, StringComparison.Ordinal)).Select(line => Read(line[Row.Length..].Split(' ')))];

    private static CallCost Read(string[] parts)
    {
        double[] numbers = [.. parts.Skip(1).Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
        double middle = numbers.Skip(2).Order().ElementAt((numbers.Length - 2) / 2);
        return new CallCost(parts[0], middle / numbers[0], numbers[1] / numbers[0]);
    }
}
