using Tierce.Tool.Boot;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Tierce.Tool.Group;

/// <summary>Reads the file that describes guests and applications: YAML, docs/guide/several-guests.md.</summary>
internal static class GuestsFile
{
    /// <summary>Reads a file; what a guest does not say is as the command line's options say.</summary>
    /// <exception cref="ToolException">The file is unusable; the message says where.</exception>
    public static (IReadOnlyList<GuestDescription> Guests, IReadOnlyList<ApplicationDescription> Applications) Read(string path, RunOptions options)
    {
        if (!File.Exists(path))
        {
            throw new ToolException($"--guests-file {path}: no such file");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        Document document;
        try
        {
            IDeserializer reader = new DeserializerBuilder().WithNamingConvention(HyphenatedNamingConvention.Instance).WithTypeConverter(new MemoryText.Reader()).WithDuplicateKeyChecking().Build();
            document = reader.Deserialize<Document>(File.ReadAllText(path)) ?? new Document();
        }
        catch (YamlException e)
        {
            throw new ToolException($"{path}: line {e.Start.Line}: {e.InnerException?.Message ?? e.Message}");
        }

        List<GuestDescription> guests = [.. document.Guests.Select((guest, index) => Describe(guest, index, folder, options))];
        List<ApplicationDescription> applications = [.. document.Applications.Select(entry => new ApplicationDescription(
            entry.Name ?? throw new ToolException($"{path}: an application has no name"),
            entry.Args ?? string.Empty))];
        return guests.Count + applications.Count > 0 ? (guests, applications) : throw new ToolException($"{path}: no guests and no applications in it");
    }

    private static GuestDescription Describe(GuestEntry entry, int index, string folder, RunOptions options) => new()
    {
        Name = entry.Name ?? $"guest{index + 1}",
        Kernel = entry.Kernel is not null && File.Exists(Path.Combine(folder, entry.Kernel)) ? Path.Combine(folder, entry.Kernel) : entry.Kernel ?? options.Guest,
        Initrd = entry.Initrd is null ? options.Initrd : Path.Combine(folder, entry.Initrd),
        CommandLine = entry.Cmdline ?? options.CommandLine,
        MemoryMiB = entry.Memory?.MiB ?? options.MemoryMiB,
        Command = entry.Exec,
        Restart = entry.Restart ?? "never",
        WatchdogSeconds = entry.Watchdog,
        ManifestLines = entry.Manifest,
    };

    /// <summary>The whole file.</summary>
    private sealed class Document
    {
        public List<GuestEntry> Guests { get; set; } = [];

        public List<ApplicationEntry> Applications { get; set; } = [];
    }

    /// <summary>One guest as written.</summary>
    private sealed class GuestEntry
    {
        public string? Name { get; set; }

        public string? Kernel { get; set; }

        public string? Initrd { get; set; }

        public string? Cmdline { get; set; }

        public MemoryText? Memory { get; set; }

        public string? Exec { get; set; }

        public string? Restart { get; set; }

        public int Watchdog { get; set; } = 30;

        public List<string> Manifest { get; set; } = [];
    }

    /// <summary>One application as written.</summary>
    private sealed class ApplicationEntry
    {
        public string? Name { get; set; }

        public string? Args { get; set; }
    }
}
