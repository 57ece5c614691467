using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Control;

namespace Tierce.Tool.Commands;

/// <summary><c>disk</c>: lists and changes guests' disks while their machine runs.</summary>
internal static class DiskCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Option<string?> run = new("--run") { HelpName = "RUN", Description = "Which run, where there are several: its name, or the process number of its tool; without it, they are listed", Recursive = true };
        return new Command("disk", "List and change the disks of guests that run: limits, plug, unplug, restart") { run, List(run), Limit(run), Plug(run, "plug"), Plug(run, "unplug"), Plug(run, "restart-driver"), Plug(run, "restart-back-end") };
    }

    private static readonly Dictionary<string, string> s_words = new()
    {
        ["plug"] = "Give a guest a disk that its description has",
        ["unplug"] = "Take a disk from a guest, as soon as the guest has closed it",
        ["restart-driver"] = "End a disk's driver, even one that hangs, and start it again; no request is lost",
        ["restart-back-end"] = "The same with the back end of a guest's disks",
    };

    private static Argument<string> Guest => new("GUEST") { Description = "Name of the guest; the only guest of a machine is called 'guest'" };

    private static Argument<string> Disk => new("DISK") { Description = "The disk's name in the guest: xvda, xvdb, ..." };

    private static Command List(Option<string?> run)
    {
        Command command = new("list", "One line for each disk: guest, name, state, ro or rw, driver, limits of a second (0: none)");
        command.SetAction(parsed =>
        {
            using ControlLine line = ControlLine.Open(parsed.GetValue(run));
            foreach (string disk in line.Ask("list"))
            {
                Console.Out.WriteLine(disk["disk ".Length..]);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Limit(Option<string?> run)
    {
        Argument<string> guest = Guest;
        Argument<string> disk = Disk;
        Option<string?> operations = new("--operations") { HelpName = "N", Description = "Operations per second; 0 for no limit" };
        Option<string?> bytes = new("--bytes") { HelpName = "N", Description = "Bytes per second, such as 10M; 0 for no limit" };
        Command command = new("limit", "Set what a guest may have of a disk in a second. A limit that is not named stays") { guest, disk, operations, bytes };
        command.SetAction(parsed =>
        {
            string words = Word("--operations", "ops", parsed.GetValue(operations)) + Word("--bytes", "bytes", parsed.GetValue(bytes));
            return words.Length == 0
                ? throw new ToolException("disk limit: say --operations N or --bytes N")
                : Ask(parsed.GetValue(run), $"limit {Name(parsed.GetValue(guest)!)} {Name(parsed.GetValue(disk)!)}{words}");
        });
        return command;
    }

    private static Command Plug(Option<string?> run, string verb)
    {
        Argument<string> guest = Guest;
        Argument<string> disk = Disk;
        Command command = new(verb, s_words[verb]) { guest, disk };
        command.SetAction(parsed => Ask(parsed.GetValue(run), $"{verb} {Name(parsed.GetValue(guest)!)} {Name(parsed.GetValue(disk)!)}"));
        return command;
    }

    private static int Ask(string? run, string request)
    {
        using ControlLine line = ControlLine.Open(run);
        line.Ask(request);
        return ExitCodes.Success;
    }

    /// <summary>A word of a request: blanks would make it several.</summary>
    private static string Name(string name) => name.Length != 0 && !name.Any(character => char.IsWhiteSpace(character) || char.IsControl(character))
        ? name
        : throw new ToolException($"disk: '{name}' is no name");

    private static string Word(string option, string key, string? text) =>
        text is null ? string.Empty
        : DiskAmount.TryParse(text, 0, DiskAmount.MostRate, out long amount) ? string.Create(CultureInfo.InvariantCulture, $" {key}={amount}")
        : throw new ToolException($"{option} {text}: {DiskAmount.Rule(0, DiskAmount.MostRate)}");
}
