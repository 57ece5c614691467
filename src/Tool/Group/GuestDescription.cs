using System.Text;
using Tierce.Abi;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Group;

/// <summary>One of several guests.</summary>
internal sealed record GuestDescription
{
    /// <summary>Its name: letters, digits, '-', '_' and '.'.</summary>
    public required string Name { get; init; }

    /// <summary>"cloud", "generic" or the path of a kernel.</summary>
    public required string Kernel { get; init; }

    /// <summary>Initial RAM file system; null for the tool's.</summary>
    public string? Initrd { get; init; }

    /// <summary>Added to its kernel's command line.</summary>
    public string CommandLine { get; init; } = string.Empty;

    /// <summary>Its memory.</summary>
    public required int MemoryMiB { get; init; }

    /// <summary>Command to run in it; null for none.</summary>
    public string? Command { get; init; }

    /// <summary>Value of the boot manifest's key "restart": never, on-crash, on-reboot or always.</summary>
    public string Restart { get; init; } = "never";

    /// <summary><see cref="WatchdogSeconds"/> where the file has none.</summary>
    public const int UsualWatchdog = 30;

    /// <summary>Seconds without taking an event after which it counts as hung; 0 for never.</summary>
    public int WatchdogSeconds { get; init; } = UsualWatchdog;

    /// <summary>Its disks.</summary>
    public IReadOnlyList<GuestDisk> Disks { get; init; } = [];

    /// <summary>Where it is described; null: by the command line.</summary>
    public DescriptionSource? Source { get; init; }

    /// <summary>Further lines of its section of the boot manifest.</summary>
    public IReadOnlyList<string> ManifestLines { get; init; } = [];
}

/// <summary>One raw application.</summary>
/// <param name="Name">Its name, in lower case that of its image in artifacts/images; or the path of an image.</param>
/// <param name="Arguments">Text that it is given.</param>
internal sealed record ApplicationDescription(string Name, string Arguments)
{
    /// <summary>Takes "NAME ARGUMENTS" apart.</summary>
    public static ApplicationDescription Parse(string text)
    {
        string[] parts = text.Trim().Split(' ', 2, StringSplitOptions.TrimEntries);
        return new ApplicationDescription(parts[0], parts.Length == 2 ? parts[1] : string.Empty);
    }

    /// <summary>Name of its section in the boot manifest.</summary>
    public string Section => Path.GetFileName(Name);

    /// <summary>Where it is described; null: by the command line.</summary>
    public DescriptionSource? Source { get; init; }
}

/// <summary>What runs in one machine.</summary>
/// <param name="Guests">Guests, in the order of their numbers on the console.</param>
/// <param name="Applications">Raw applications.</param>
/// <param name="On">Guest that the command, or standard input, is for; null for all of them, or the first.</param>
internal sealed record GroupDescription(IReadOnlyList<GuestDescription> Guests, IReadOnlyList<ApplicationDescription> Applications, string? On)
{
    /// <summary>Checks what does not depend on files.</summary>
    /// <exception cref="ToolException">Something makes no sense; the message says what.</exception>
    public GroupDescription Checked()
    {
        MachineMemory.CheckGuests(Guests.Select(guest => guest.MemoryMiB));
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach ((string name, DescriptionSource? source) in Guests.Select(guest => (guest.Name, guest.Source)).Concat(Applications.Select(application => (application.Section, application.Source))))
        {
            DescriptionSource.Use(source, "name", () => CheckName(name, names));
        }

        foreach (GuestDescription guest in Guests)
        {
            DescriptionSource.Use(guest.Source, "restart", () => guest.Restart is "never" or "on-crash" or "on-reboot" or "always"
                ? guest.Restart
                : throw new ToolException($"restart: {guest.Restart}: say never, on-crash, on-reboot or always"));
        }

        foreach (ApplicationDescription application in Applications)
        {
            DescriptionSource.Use(application.Source, "args", () => CheckArguments(application));
        }

        if (On is not null && Guests.All(guest => guest.Name != On))
        {
            throw new ToolException($"--on {On}: there is no such guest; there are {string.Join(", ", Guests.Select(guest => guest.Name))}");
        }

        return this;
    }

    private static string CheckName(string name, HashSet<string> names)
    {
        bool good = name.Length is > 0 and <= 40 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') && name != "console";
        return !good ? throw new ToolException($"'{name}' is no name for a guest or application: at most 40 letters, digits, '-', '_' and '.', and not 'console'")
            : names.Add(name) ? name
            : throw new ToolException($"'{name}': two guests or applications have the same name");
    }

    private static string CheckArguments(ApplicationDescription application)
    {
        int size = Encoding.UTF8.GetByteCount(application.Arguments);
        return application.Arguments.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0 ? throw new ToolException($"the arguments of application {application.Section} must be one line")
            : size > ManifestLimits.ArgumentsSize ? throw new ToolException($"the arguments of application {application.Section} have {size} bytes; at most {ManifestLimits.ArgumentsSize} are passed on")
            : application.Arguments;
    }
}
