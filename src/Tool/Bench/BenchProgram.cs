using Tierce.Tool.Boot;
using Tierce.Tool.Guest;

namespace Tierce.Tool.Bench;

/// <summary>The program that measures inside the guest, as its process 1 (<c>src/GuestBench</c>).</summary>
internal static class BenchProgram
{
    /// <summary>Its path in the guest.</summary>
    public const string Path = "/tierce/bench";

    /// <summary>Begins each of its lines on the console.</summary>
    public const string Mark = "bench: ";

    /// <summary>Time for all its measurements.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);

    /// <summary>Runs the machine until it ends; returns its console.</summary>
    public static string Run(MachineSettings machine, GuestSession session)
    {
        using Machine running = Machine.Start(machine);
        return Session.Run(running, machine, session, Limit, Limit, verbose: false).Console;
    }

    /// <summary>Its lines, each cut at the blanks.</summary>
    public static IEnumerable<string[]> Lines(string console) => console.Split('\n', StringSplitOptions.TrimEntries)
        .Where(line => line.StartsWith(Mark, StringComparison.Ordinal))
        .Select(line => line[Mark.Length..].Split(' '));

    /// <summary>Keeps the logs of a run whose last line did not come.</summary>
    /// <returns>The error for the user.</returns>
    public static ToolException NotFinished(RunFolder folder, Carrier side, string console)
    {
        folder.Keep = true;
        folder.Save("console.log", console);
        return new ToolException($"the guest did not finish its measurements ({side}); logs are in {folder.Path}");
    }
}
