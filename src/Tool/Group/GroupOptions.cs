using System.CommandLine;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Group;

/// <summary>Options of <c>run</c> that ask for several guests or for applications.</summary>
internal sealed class GroupOptions
{
    private readonly Option<int> _guests = new("--guests") { HelpName = "N", Description = "So many guests of that kind, named guest1, guest2, ...; with --exec each runs the command" };
    private readonly Option<string> _file = new("--guests-file") { HelpName = "FILE", Description = "Guests and applications as a YAML file describes them (docs/guide/several-guests.md)" };
    private readonly Option<string> _on = new("--on") { HelpName = "NAME", Description = "The guest that --exec, or standard input, is for; the others wait" };
    private readonly Option<string[]> _app = new("--app") { HelpName = "'NAME ARGS'", Description = "Run a raw application, beside guests if any of the other options asks for one" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (ReadOnlySpan<Option>)[_guests, _file, _on, _app])
        {
            command.Add(option);
        }
    }

    /// <summary>What the user gave; null if one guest alone is to run.</summary>
    /// <exception cref="ToolException">Something makes no sense; the message says what.</exception>
    public GroupDescription? Read(ParseResult parsed, RunOptions options)
    {
        int count = parsed.GetValue(_guests);
        string? file = parsed.GetValue(_file);
        string[] apps = parsed.GetValue(_app) ?? [];
        bool counted = parsed.GetResult(_guests) is not null;
        if (!counted && file is null && apps.Length == 0)
        {
            return parsed.GetValue(_on) is null ? null : throw new ToolException("--on names one of several guests: say --guests or --guests-file too");
        }

        if (options.Carrier != Carrier.Tierce)
        {
            throw new ToolException("several guests, and applications, run on Tierce alone");
        }

        if (counted && count < 1)
        {
            throw new ToolException($"--guests {count}: say how many, 1 or more");
        }

        if (counted && file is not null)
        {
            throw new ToolException("--guests and --guests-file exclude each other");
        }


        List<GuestDescription> guests = [];
        List<ApplicationDescription> applications = [.. apps.Select(ApplicationDescription.Parse)];
        if (file is not null)
        {
            (IReadOnlyList<GuestDescription> described, IReadOnlyList<ApplicationDescription> more) = GuestsFile.Read(file, options);
            guests.AddRange(described);
            applications.AddRange(more);
        }
        else if (counted || options.Command is not null || options.Initrd is not null)
        {
            guests.AddRange(Enumerable.Range(1, Math.Max(1, count)).Select(number => new GuestDescription
            {
                Name = $"guest{number}",
                Kernel = options.Guest,
                Initrd = options.Initrd,
                CommandLine = options.CommandLine,
                MemoryMiB = options.MemoryMiB,
                Disks = options.Disks,
            }));
        }

        if (options.Disks.Count != 0 && guests.Count == 0)
        {
            throw new ToolException("--disk: there is no guest that could have it");
        }

        string? on = parsed.GetValue(_on);
        if (options.Command is not null)
        {
            guests = [.. guests.Select(guest => on is null || guest.Name == on ? guest with { Command = options.Command } : guest)];
        }

        return new GroupDescription(guests, applications, on).Checked();
    }
}
