using Tierce.Abi;
using Tierce.Tool.Boot;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;

namespace Tierce.Tool.Group;

/// <summary>Reads the file that describes guests and applications: YAML, docs/guide/several-guests.md.</summary>
internal static class GuestsFile
{
    /// <summary>Most bytes of a file, and most levels of it: YAML's reader calls itself for each.</summary>
    private const int MostBytes = 1 << 20, MostLevels = 16;

    /// <summary>Reads a file; the command line's options apply to what a guest leaves out.</summary>
    /// <exception cref="ToolException">The file is unusable; the message says where.</exception>
    public static (IReadOnlyList<GuestDescription> Guests, IReadOnlyList<ApplicationDescription> Applications) Read(string path, RunOptions options)
    {
        byte[] bytes = InputFile.Read($"--guests-file {path}", path);
        if (bytes.Length > MostBytes)
        {
            throw new ToolException($"{path}: has {bytes.Length} bytes; at most {MostBytes} can be used");
        }

        if (Load(path, bytes) is not { } root)
        {
            throw new ToolException($"{path}: no guests and no applications in it");
        }

        YamlSection document = new(path, root, "the file", "guests", "applications");
        List<GuestDescription> guests = [.. document.List("guests").Select((node, index) => Guest(path, node, index, options))];
        List<ApplicationDescription> applications = [.. document.List("applications").Select(node => Application(path, node))];
        return guests.Count + applications.Count > 0 ? (guests, applications) : throw new ToolException($"{path}: no guests and no applications in it");
    }

    /// <summary>The file's one document; null if it is empty.</summary>
    private static YamlNode? Load(string path, byte[] bytes)
    {
        try
        {
            CheckLevels(path, bytes);
            YamlStream stream = [];
            stream.Load(new StreamReader(new MemoryStream(bytes)));
            return stream.Documents.Count > 1
                ? throw new ToolException($"{path}: line {stream.Documents[1].RootNode.Start.Line}: a second document begins; one is read")
                : stream.Documents.Count == 0 || YamlSection.IsNull(stream.Documents[0].RootNode) ? null : stream.Documents[0].RootNode;
        }
        catch (YamlException e)
        {
            string words = e.Message.StartsWith("Duplicate key", StringComparison.Ordinal) ? "the same key stands there twice" : e.Message.ReplaceLineEndings(" ");
            throw new ToolException($"{path}: line {e.Start.Line}: {words}");
        }
    }

    private static void CheckLevels(string path, byte[] bytes)
    {
        Parser parser = new(new StreamReader(new MemoryStream(bytes)));
        int levels = 0;
        while (parser.MoveNext())
        {
            levels += parser.Current!.NestingIncrease;
            if (parser.Current is SequenceStart or MappingStart && levels > MostLevels)
            {
                throw new ToolException($"{path}: line {parser.Current.Start.Line}: lists and sections lie in each other more than {MostLevels} deep");
            }
        }
    }

    private static GuestDescription Guest(string path, YamlNode node, int index, RunOptions options)
    {
        YamlSection entry = new(path, node, "a guest", "name", "kernel", "initrd", "cmdline", "memory", "exec", "restart", "watchdog", "disks", "manifest");
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        string? kernel = entry.Text("kernel");
        string? initrd = entry.Text("initrd");
        return new GuestDescription
        {
            Name = entry.Text("name") ?? $"guest{index + 1}",
            Kernel = kernel is not null && Path.Exists(Path.Combine(folder, kernel)) ? Path.Combine(folder, kernel) : kernel ?? options.Guest,
            Initrd = initrd is null ? options.Initrd : Path.Combine(folder, initrd),
            CommandLine = entry.Text("cmdline") ?? options.CommandLine,
            MemoryMiB = entry.Text("memory") is { } memory ? Memory(entry, memory) : options.MemoryMiB,
            Command = entry.Text("exec"),
            Restart = entry.Text("restart") ?? "never",
            WatchdogSeconds = entry.Number("watchdog", GuestDescription.UsualWatchdog, (int)ManifestLimits.MostWatchdog, "whole seconds, 0 for never"),
            Disks = entry.Has("disks") ? DiskSection.ReadAll(path, folder, entry, options.Ephemeral) : options.Disks,
            ManifestLines = Manifest(entry),
            Source = new DescriptionSource(path, entry.Line, entry.Lines),
        };
    }

    private static int Memory(YamlSection entry, string memory) =>
        GuestMemory.TryParse(memory, out int mebibytes) ? mebibytes : throw entry.Wrong("memory", $"memory: {memory}: {GuestMemory.Rule}");

    private static string[] Manifest(YamlSection entry)
    {
        (string Text, int Line)[] lines = [.. entry.Texts("manifest")];
        foreach ((string text, int line) in lines)
        {
            if (text.AsSpan().IndexOfAny('\n', '\r') >= 0)
            {
                throw entry.Wrong(line, "manifest: each entry is one line of the boot manifest");
            }
        }

        return ManifestCheck.CheckGuestLines([.. lines.Select(line => line.Text)]) is (int index, string words)
            ? throw entry.Wrong(lines[index].Line, $"manifest: {words}")
            : [.. lines.Select(line => line.Text)];
    }

    private static ApplicationDescription Application(string path, YamlNode node)
    {
        YamlSection entry = new(path, node, "an application", "name", "args");
        return new ApplicationDescription(entry.Text("name") ?? throw entry.Wrong(entry.Line, "an application has no name"), entry.Text("args") ?? string.Empty)
        {
            Source = new DescriptionSource(path, entry.Line, entry.Lines),
        };
    }
}
