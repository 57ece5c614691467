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

    /// <summary>Downloads a package (apt checks its hash against the signed lists) and extracts it into <paramref name="folder"/>.</summary>
    public void Extract(string package, string folder)
    {
        string downloads = Directory.CreateTempSubdirectory("tierce-apt-").FullName;
        try
        {
            // apt-get runs in the folder it downloads to; what it says about its sandbox user is of no use here.
            Programs.RunChecked("apt-get", [.. _options, "-q", "-o", "APT::Sandbox::User=root", "download", package], downloads);
            string archive = Directory.GetFiles(downloads, "*.deb").FirstOrDefault() ?? throw new ToolException($"apt-get download {package} left no package");
            Programs.RunChecked("dpkg-deb", ["-x", archive, folder]);
        }
        finally
        {
            Directory.Delete(downloads, recursive: true);
        }
    }

    private bool Has(string package) => Programs.Run("apt-cache", [.. _options, "show", "--no-all-versions", package]) is { Status: 0, Output.Length: > 0 };
}
