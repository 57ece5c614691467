using System.Text;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>Reads what --file names.</summary>
internal static class AddedFiles
{
    /// <summary>Linux's limits for a path and for one name in it.</summary>
    private const int MostPath = 4095, MostName = 255;

    /// <summary>Paths of the tool's own files, which a file of the user's would take the place of.</summary>
    private static readonly string[] s_own = [Initramfs.InitPath, "/tierce/agent", "/tierce/session", "/tierce/command", "/tierce/busybox"];

    /// <summary>Contents by path in the guest.</summary>
    /// <param name="options">Each HOST, or HOST:GUEST with an absolute path in the guest. A path on the host may hold colons.</param>
    /// <exception cref="ToolException">One makes no sense, or cannot be read.</exception>
    public static Dictionary<string, byte[]> Read(IEnumerable<string> options)
    {
        Dictionary<string, byte[]> contents = new(StringComparer.Ordinal);
        Dictionary<string, string> hosts = new(StringComparer.Ordinal);
        foreach (string option in options)
        {
            (string host, string guest) = Split(option);
            byte[] bytes = InputFile.Read($"--file {option}", host);
            CheckGuestPath(option, guest);
            if (hosts.TryGetValue(guest, out string? other) && other != host)
            {
                throw new ToolException($"--file {option}: {other} is to be {guest} in the guest too");
            }

            hosts[guest] = host;
            contents[guest] = bytes;
        }

        return Inner(hosts.Keys) is (string folder, string file)
            ? throw new ToolException($"--file: {folder} cannot be a file in the guest and the folder of {file}")
            : contents;
    }

    /// <summary>The whole text if that is a file, else the parts around the last colon that a file stands before and an absolute path after.</summary>
    private static (string Host, string Guest) Split(string option)
    {
        if (!File.Exists(option) && !Directory.Exists(option))
        {
            for (int colon = option.LastIndexOf(':'); colon > 0; colon = option.LastIndexOf(':', colon - 1))
            {
                if (Path.Exists(option[..colon]))
                {
                    return (option[..colon], option[(colon + 1)..]);
                }
            }
        }

        return (option, "/tierce/" + Path.GetFileName(option));
    }

    private static void CheckGuestPath(string option, string guest)
    {
        string[] names = guest.Split('/');
        if (!guest.StartsWith('/') || names.Skip(1).Any(name => name is "" or "." or ".."))
        {
            throw new ToolException($"--file {option}: '{guest}' is no absolute path of a file in the guest; say HOSTPATH or HOSTPATH:GUESTPATH");
        }

        if (Encoding.UTF8.GetByteCount(guest) > MostPath || names.Any(name => Encoding.UTF8.GetByteCount(name) > MostName))
        {
            throw new ToolException($"--file {option}: the path in the guest is too long: at most {MostPath} bytes, and {MostName} for one name");
        }

        if (s_own.Contains(guest, StringComparer.Ordinal) || guest == "/tierce")
        {
            throw new ToolException($"--file {option}: {guest} is the tool's own");
        }
    }

    /// <summary>Two paths of which one lies inside the other; null if there are none.</summary>
    private static (string Folder, string File)? Inner(IEnumerable<string> paths)
    {
        string[] all = [.. paths];
        foreach (string folder in all)
        {
            if (Array.Find(all, path => path.StartsWith(folder + "/", StringComparison.Ordinal)) is { } file)
            {
                return (folder, file);
            }
        }

        return null;
    }
}
