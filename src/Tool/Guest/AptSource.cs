using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>
/// Reads packages from the machine's Debian archives through apt, installing none of them. The system's own package lists are used where they
/// are; else lists are fetched into the cache, which needs no root.
/// </summary>
internal sealed class AptSource
{
    private readonly string[] _options;

    private AptSource(string[] options) => _options = options;

    /// <summary>A source that knows <paramref name="package"/>.</summary>
    /// <exception cref="ToolException">No archive has it.</exception>
    public static AptSource Knowing(string package)
    {
        AptSource system = new([]);
        if (system.Has(package))
        {
            return system;
        }

        string state = ToolCache.Sub("apt", "state");
        ToolCache.Sub("apt", "state", "lists", "partial");
        string cache = ToolCache.Sub("apt", "cache");
        ToolCache.Sub("apt", "cache", "archives", "partial");
        AptSource own = new(["-o", $"Dir::State={state}", "-o", "Dir::State::status=/var/lib/dpkg/status", "-o", $"Dir::Cache={cache}", "-o", "APT::Sandbox::User=root"]);
        if (!own.Has(package))
        {
            using Progress progress = Progress.Start("fetching package lists (apt-get update)");
            Programs.RunChecked("apt-get", [.. own._options, "-q", "update"]);
        }

        return own.Has(package) ? own : throw new ToolException($"no Debian archive of this machine has the package {package}");
    }

    /// <summary>First package that a metapackage depends on whose name starts with <paramref name="prefix"/>.</summary>
    public string Dependency(string metapackage, string prefix)
    {
        string text = Programs.RunChecked("apt-cache", [.. _options, "show", "--no-all-versions", metapackage]).Text;
        string depends = text.Split('\n').FirstOrDefault(line => line.StartsWith("Depends:", StringComparison.Ordinal)) ?? string.Empty;
        return depends["Depends:".Length..].Split(',', '|').Select(item => item.Trim().Split(' ')[0])
            .FirstOrDefault(name => name.StartsWith(prefix, StringComparison.Ordinal))
            ?? throw new ToolException($"package {metapackage} depends on no {prefix}*: {depends}");
    }

    /// <summary>Version of a package that apt would download now.</summary>
    public string Version(string package)
    {
        string text = Programs.RunChecked("apt-cache", [.. _options, "show", "--no-all-versions", package]).Text;
        return text.Split('\n').First(line => line.StartsWith("Version:", StringComparison.Ordinal))["Version:".Length..].Trim();
    }

    /// <summary>Downloads a package and returns one file of it: the first of the paths that is there.</summary>
    public byte[] FileOf(string package, params string[] paths) =>
        FilesOf(package, paths).Select(file => file.Contents).FirstOrDefault() ?? throw new ToolException($"package {package} holds no {string.Join(" and no ", paths)}");

    /// <summary>
    /// Downloads a package (apt checks its hash against the signed lists) and returns files of it. The caller holds a lock that goes with
    /// the package; what a run that was cut short left of it is thrown away first.
    /// </summary>
    /// <param name="package">The package.</param>
    /// <param name="paths">Where files may lie; the last part of a path may be a pattern. Those that are there are returned, in this order.</param>
    public IReadOnlyList<(string Name, byte[] Contents)> FilesOf(string package, IEnumerable<string> paths)
    {
        string folder = Path.Combine(ToolCache.Sub("apt", "downloads"), package);
        Delete(folder);
        try
        {
            // apt-get runs in the folder it downloads to; its message about its sandbox user is of no use here.
            Directory.CreateDirectory(folder);
            Programs.RunChecked("apt-get", [.. _options, "-q", "-o", "APT::Sandbox::User=root", "download", package], folder);
            string archive = Directory.GetFiles(folder, "*.deb").FirstOrDefault() ?? throw new ToolException($"apt-get download {package} left no package");
            string extracted = Path.Combine(folder, "extracted");
            Programs.RunChecked("dpkg-deb", ["-x", archive, extracted]);
            return [.. paths.SelectMany(path => Matching(extracted, path)).Select(file => (Path.GetFileName(file), File.ReadAllBytes(file)))];
        }
        finally
        {
            Delete(folder);
        }
    }

    /// <summary>Downloads packages and unpacks them side by side into a folder, whose lock the caller holds.</summary>
    public void Unpack(string[] packages, string folder)
    {
        string downloads = folder + ".downloads";
        Delete(downloads);
        try
        {
            Directory.CreateDirectory(downloads);
            Programs.RunChecked("apt-get", [.. _options, "-q", "-o", "APT::Sandbox::User=root", "download", .. packages], downloads);
            string[] archives = Directory.GetFiles(downloads, "*.deb");
            if (archives.Length != packages.Length)
            {
                throw new ToolException($"apt-get download {string.Join(' ', packages)} left {archives.Length} packages");
            }

            foreach (string archive in archives)
            {
                Programs.RunChecked("dpkg-deb", ["-x", archive, folder]);
            }
        }
        finally
        {
            Delete(downloads);
        }
    }

    private static IEnumerable<string> Matching(string root, string path)
    {
        string folder = Path.Combine(root, Path.GetDirectoryName(path)!);
        return Directory.Exists(folder) ? Directory.EnumerateFiles(folder, Path.GetFileName(path)) : [];
    }

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private bool Has(string package) => Programs.Run("apt-cache", [.. _options, "show", "--no-all-versions", package]) is { Status: 0, Output.Length: > 0 };
}
