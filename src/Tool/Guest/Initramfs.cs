using System.Reflection;
using System.Text;
using Tierce.Tool.Host;

namespace Tierce.Tool.Guest;

/// <summary>How the guest's process 1 is to use the console.</summary>
internal enum SessionMode
{
    /// <summary>A shell on the console, for a person at a terminal.</summary>
    Shell,

    /// <summary>One command; its output is framed.</summary>
    Command,

    /// <summary>A shell that reads the tool's standard input; its output is framed.</summary>
    Script,

    /// <summary>The initial RAM file system's own /init, untouched.</summary>
    Plain,
}

/// <summary>What differs from run to run.</summary>
/// <param name="Mode">How the console is used.</param>
/// <param name="Command">Command line for <see cref="SessionMode.Command"/>.</param>
/// <param name="Console">Name of the guest's terminal device, such as hvc0.</param>
/// <param name="Token">Marks this run's frames; empty: there are none, and the console is used as it is.</param>
/// <param name="Files">Files to add: contents by absolute guest path; all become executable.</param>
/// <param name="AsksDate">
/// Process 1 sets its date by the tool's. A run that counts instructions does not: its date is the machine's, so that runs repeat, and while
/// it waited for the host its clock would run on as fast as it can.
/// </param>
/// <param name="IsSystem">An installed system runs the command as a service of its init.</param>
/// <param name="Disks">Names of disks that process 1 waits for, such as "xvda xvdb".</param>
internal sealed record GuestSession(SessionMode Mode, string Command, string Console, string Token, IReadOnlyDictionary<string, byte[]> Files, bool AsksDate, string Disks = "", bool IsSystem = false);

/// <summary>
/// Builds the guest's first root file system: a base with busybox, and after it a small archive for this run,
/// with all of the tool's own files under /tierce. The kernel unpacks one after the other.
/// </summary>
internal static class Initramfs
{
    /// <summary>The program that the kernel starts first (rdinit=).</summary>
    public const string InitPath = "/tierce/init";

    /// <summary>Returns the whole initial RAM file system.</summary>
    /// <param name="userBase">The user's own, already read; null for the tool's.</param>
    /// <param name="session">This run.</param>
    /// <param name="agent">The guest agent, a static Linux program.</param>
    public static byte[] Build(byte[]? userBase, GuestSession session, ReadOnlySpan<byte> agent)
    {
        if (userBase is not null && session.Mode == SessionMode.Plain)
        {
            return userBase;
        }

        byte[] first = userBase ?? Base();
        byte[] second = Overlay(session, agent, withBusybox: userBase is not null);

        // An uncompressed archive begins at a multiple of four.
        byte[] whole = new byte[((first.Length + 3) & ~3) + second.Length];
        first.CopyTo(whole, 0);
        second.CopyTo(whole, whole.Length - second.Length);
        return whole;
    }

    private static byte[] Overlay(GuestSession session, ReadOnlySpan<byte> agent, bool withBusybox)
    {
        (int rows, int columns) = RawTerminal.Size();
        string terminal = Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } term && term.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '+') ? term : "dumb";
        StringBuilder settings = new();
        settings.Append("MODE=").Append(session.Mode.ToString().ToLowerInvariant()).Append('\n')
            .Append("CONSOLE=").Append(session.Console).Append('\n')
            .Append("TOKEN=").Append(session.Token).Append('\n')
            .Append("ASKS_DATE=").Append(session.AsksDate ? "yes" : "no").Append('\n')
            .Append("DISKS='").Append(session.Disks).Append("'\n")
            .Append("ROWS=").Append(rows).Append('\n')
            .Append("COLUMNS=").Append(columns).Append('\n')
            .Append("TERM=").Append(terminal).Append('\n');

        NewcArchive archive = new();
        archive.Folder("tierce")
            .File("tierce/init", Resource("init"), executable: true)
            .File("tierce/agent", agent, executable: true)
            .File("tierce/session", Encoding.ASCII.GetBytes(settings.ToString()))
            .File("tierce/command", Encoding.UTF8.GetBytes(session.Command + "\n"));
        if (session.IsSystem)
        {
            archive.File("tierce/system", Resource("system"));
        }
        else if (withBusybox)
        {
            archive.Folder("dev").CharacterDevice("dev/console", 5, 1).File("tierce/busybox", File.ReadAllBytes(Busybox.Find()), executable: true);
        }

        // A folder would take the place of a link that a file system of the user's may have there.
        foreach (string folder in withBusybox ? (SortedSet<string>)[] : Parents(session.Files.Keys))
        {
            archive.Folder(folder);
        }

        foreach ((string path, byte[] contents) in session.Files)
        {
            archive.File(path, contents, executable: true);
        }

        return archive.ToArray();
    }

    /// <summary>All folders above the files, the upper ones first.</summary>
    private static SortedSet<string> Parents(IEnumerable<string> files)
    {
        SortedSet<string> folders = new(StringComparer.Ordinal);
        foreach (string file in files)
        {
            for (string? folder = Path.GetDirectoryName(file); folder?.Length > 1; folder = Path.GetDirectoryName(folder))
            {
                folders.Add(folder);
            }
        }

        return folders;
    }

    private static byte[] Base()
    {
        string busybox = Busybox.Find();
        NewcArchive archive = new();
        foreach (string folder in (ReadOnlySpan<string>)["bin", "sbin", "usr", "usr/bin", "usr/sbin", "dev", "proc", "sys", "tmp", "run", "root", "etc", "tierce"])
        {
            archive.Folder(folder);
        }

        archive.CharacterDevice("dev/console", 5, 1)
            .CharacterDevice("dev/null", 1, 3)
            .File("bin/busybox", File.ReadAllBytes(busybox), executable: true)
            .Link("tierce/busybox", "/bin/busybox")
            .File("etc/passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n"u8)
            .File("etc/group", "root:x:0:\nnogroup:x:65534:\n"u8);
        foreach (string applet in Busybox.Applets(busybox).Where(path => path is not ("bin/busybox" or "linuxrc")))
        {
            archive.Link(applet, "/bin/busybox");
        }

        return archive.ToArray();
    }

    private static byte[] Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name) ?? throw new InvalidOperationException(name);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
