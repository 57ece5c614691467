using System.Text;
using Tierce.Root;

namespace Tierce.Tool.Boot;

/// <summary>Reads a boot manifest as root will, with root's own parser, so that no machine is started that root would stop at once.</summary>
internal static class ManifestCheck
{
    private const int MostErrors = 16;

    /// <summary>Checks a whole manifest.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="files">Names of the files in its bundle.</param>
    /// <exception cref="ToolException">Root would refuse it, or find a file missing.</exception>
    public static void Check(ReadOnlySpan<byte> manifest, IReadOnlyCollection<string> files)
    {
        ProgramEntry[] programs = new ProgramEntry[Sections(manifest)];
        GuestEntry[] guests = new GuestEntry[Sections(manifest)];
        ManifestError[] errors = new ManifestError[MostErrors];
        ManifestParser parser = new(manifest, programs, guests, errors);
        if (!parser.Parse())
        {
            string text = Encoding.UTF8.GetString(manifest);
            throw new ToolException($"the boot manifest is wrong: {Words(errors[0], manifest)}, in '{text.Split('\n')[errors[0].Line - 1]}'");
        }

        foreach (ProgramEntry program in programs.AsSpan(0, parser.ProgramCount))
        {
            Find(manifest, files, program.Image);
        }

        foreach (GuestEntry guest in guests.AsSpan(0, parser.GuestCount))
        {
            foreach (TextRange file in (ReadOnlySpan<TextRange>)[guest.Monitor, guest.Rom, guest.NativeRom, guest.Kernel, guest.RamDisk, guest.BackEnd])
            {
                Find(manifest, files, file);
            }
        }
    }

    /// <summary>Checks further lines of a guest's section: returns which one is wrong, from 0, and in what; null if none is.</summary>
    public static (int Index, string Words)? CheckGuestLines(IReadOnlyList<string> lines)
    {
        byte[] text = Encoding.UTF8.GetBytes($"[guest guest]\n{string.Join('\n', lines)}\n");
        ManifestError[] errors = new ManifestError[MostErrors];
        ManifestParser parser = new(text, new ProgramEntry[Sections(text)], new GuestEntry[Sections(text)], errors);
        parser.Parse();

        // The tool adds the missing keys, and the console is the tool's too.
        foreach (ManifestError error in errors.AsSpan(0, parser.KeptErrors))
        {
            if (error.Problem is not (ManifestProblem.MissingKey or ManifestProblem.UnknownConsole or ManifestProblem.UnknownDisk))
            {
                return (error.Line - 2, Words(error, text));
            }
        }

        return null;
    }

    /// <summary>Room for as many sections as there can be.</summary>
    private static int Sections(ReadOnlySpan<byte> manifest) => manifest.Count((byte)'[') + 1;

    private static void Find(ReadOnlySpan<byte> manifest, IReadOnlyCollection<string> files, TextRange name)
    {
        string file = Encoding.UTF8.GetString(name.In(manifest));
        if (file.Length > 0 && !files.Contains(file))
        {
            throw new ToolException($"the boot manifest names a file '{file}', which the bundle does not hold; it holds {string.Join(", ", files)}");
        }
    }

    private static string Words(in ManifestError error, ReadOnlySpan<byte> manifest)
    {
        string about = Encoding.UTF8.GetString(error.About.In(manifest));
        return error.Problem switch
        {
            ManifestProblem.UnknownSection => $"there is no section of the kind '{about}'",
            ManifestProblem.UnknownKey => $"unknown key '{about}'",
            ManifestProblem.BadLine => $"'{about}' is neither a section nor KEY=VALUE",
            ManifestProblem.NoSection => $"the key '{about}' stands before the first section",
            ManifestProblem.BadValue => $"'{about}' is no value for this key (docs/reference/boot-manifest.md has its limits)",
            ManifestProblem.MissingKey => $"a key that is needed lacks in section '{about}'",
            ManifestProblem.TooMany => "there are too many sections",
            ManifestProblem.BadName => $"'{about}': a section needs a name of at most {Abi.ManifestLimits.NameSize} bytes",
            ManifestProblem.UnknownDisk => $"the disk '{about}' is no driver of a device",
            ManifestProblem.NoBus => $"the driver '{about}' has a device, and no driver is a bus",
            ManifestProblem.SharedDevice => $"the driver '{about}' has a device that another driver has",
            ManifestProblem.SharedDisk => $"two may write the disk '{about}'",
            ManifestProblem.BadControl => $"the control line '{about}' is no driver without a device and other clients",
            _ => $"the console '{about}' is no driver",
        };
    }
}
