namespace Tierce.Tool.Host;

/// <summary>Where things lie in the source tree.</summary>
/// <param name="Root">Top folder of the tree: the one that holds the launcher.</param>
internal sealed record Repository(string Root)
{
    /// <summary>Everything that a build or a run writes into the tree.</summary>
    public string Artifacts => Path.Combine(Root, "artifacts");

    /// <summary>Linked images: kernel.elf, root, monitor, console, rom.</summary>
    public string Images => Path.Combine(Artifacts, "images");

    /// <summary>Logs that outlive a run.</summary>
    public string Logs => Path.Combine(Artifacts, "logs");

    /// <summary>Solution that builds every project.</summary>
    public string Solution => Path.Combine(Root, "Tierce.slnx");

    /// <summary>Finds the tree from TIERCE_ROOT, which the launcher sets, or upwards from the current folder.</summary>
    public static Repository Find()
    {
        string? folder = Environment.GetEnvironmentVariable("TIERCE_ROOT");
        if (!string.IsNullOrEmpty(folder))
        {
            return new Repository(folder);
        }

        for (folder = Environment.CurrentDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Tierce.slnx")))
            {
                return new Repository(folder);
            }
        }

        throw new ToolException("no Tierce source tree here or above; start it with ./tierce in its top folder");
    }

    /// <summary>Path of a linked image.</summary>
    /// <exception cref="ToolException">The image has not been built.</exception>
    public string Image(string name)
    {
        string path = Path.Combine(Images, name);
        return File.Exists(path) ? path : throw new ToolException($"image {path} is missing; run ./tierce build");
    }
}
