using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>Root's lines in the log.</summary>
public static class Report
{
    /// <summary>Begins a line.</summary>
    public static Log Line()
    {
        var log = new Log(RootInfo.LogSlot);
        log.Text("tierce: "u8);
        return log;
    }

    /// <summary>Begins a line about a guest.</summary>
    public static Log Guest(ReadOnlySpan<byte> name)
    {
        Log log = Line();
        log.Text("guest "u8);
        log.Text(name);
        return log;
    }

    /// <summary>Logs root's memory before it allocates any.</summary>
    public static void FreeMemory(ulong pages)
    {
        Log log = Line();
        log.Text("memory pages free="u8);
        log.Decimal(pages);
        log.EndLine();
    }

    /// <summary>Logs what the start of a guest took.</summary>
    /// <param name="name">The guest.</param>
    /// <param name="ram">Pages of RAM.</param>
    /// <param name="monitor">Pages that root took for its monitor.</param>
    /// <param name="console">Pages of its console's ring, taken before.</param>
    public static void GuestMemory(ReadOnlySpan<byte> name, ulong ram, ulong monitor, ulong console)
    {
        Log log = Guest(name);
        log.Text(" memory pages ram="u8);
        log.Decimal(ram);
        log.Text(" above-ram="u8);
        log.Decimal(GuestFootprint.AllPages(ram) - ram);
        log.Text(" page-tables="u8);
        log.Decimal(GuestFootprint.CachePages(ram));
        log.Text(" monitor="u8);
        log.Decimal(monitor);
        log.Text(" console="u8);
        log.Decimal(console);
        log.EndLine();
    }

    /// <summary>Logs what the start of a driver or an application took.</summary>
    public static void ProgramMemory(ReadOnlySpan<byte> name, ulong pages)
    {
        Log log = Line();
        log.Text("program "u8);
        log.Text(name);
        log.Text(" memory pages="u8);
        log.Decimal(pages);
        log.EndLine();
    }

    /// <summary>Logs that a program's image is of another build than root's.</summary>
    public static void OtherBuild(ReadOnlySpan<byte> name, ulong identity)
    {
        Log log = Line();
        log.Text("domain "u8);
        log.Text(name);
        log.Text(": its image is of another build, for ABI "u8);
        log.Hex(identity);
        log.Text("; this system's is "u8);
        log.Hex(Machine.AbiIdentity());
        log.EndLine();
    }

    /// <summary>Logs a request of the control line that was executed, without its tag.</summary>
    public static void Control(ReadOnlySpan<byte> request)
    {
        Log log = Line();
        log.Text("control:"u8);
        log.Text(request);
        log.EndLine();
    }

    /// <summary>Logs one problem of the manifest.</summary>
    public static void Problem(in ManifestError error, ReadOnlySpan<byte> text)
    {
        Log log = Line();
        log.Text("manifest line "u8);
        log.Decimal((ulong)error.Line);
        log.Text(": "u8);
        log.Text(Words(error.Problem));
        log.Text(" '"u8);
        log.Text(error.About.In(text));
        log.Text("'"u8);
        log.EndLine();
    }

    /// <summary>How a guest ended, in a word or two.</summary>
    public static ReadOnlySpan<byte> Words(GuestEnd end)
    {
        switch (end)
        {
            case GuestEnd.Poweroff: return "poweroff"u8;
            case GuestEnd.Reboot: return "reboot"u8;
            case GuestEnd.Suspend: return "suspend"u8;
            case GuestEnd.Crash: return "crash"u8;
            case GuestEnd.Watchdog: return "watchdog"u8;
            case GuestEnd.Fault: return "fault"u8;
            case GuestEnd.NotStarted: return "not started"u8;
            default: return "monitor died"u8;
        }
    }

    private static ReadOnlySpan<byte> Words(ManifestProblem problem)
    {
        switch (problem)
        {
            case ManifestProblem.UnknownSection: return "unknown section"u8;
            case ManifestProblem.UnknownKey: return "unknown key"u8;
            case ManifestProblem.BadLine: return "neither section nor key=value:"u8;
            case ManifestProblem.NoSection: return "key before the first section:"u8;
            case ManifestProblem.BadValue: return "bad value"u8;
            case ManifestProblem.MissingKey: return "a needed key is missing in section"u8;
            case ManifestProblem.TooMany: return "too many sections at"u8;
            case ManifestProblem.BadName: return "section needs a name of at most 48 characters:"u8;
            case ManifestProblem.UnknownDisk: return "no driver section with a device for a disk:"u8;
            case ManifestProblem.NoBus: return "a device needs a driver section with bus=pci:"u8;
            case ManifestProblem.SharedDevice: return "two drivers have the same device:"u8;
            case ManifestProblem.SharedDisk: return "two have the same sectors of a disk, and one may write them:"u8;
            case ManifestProblem.BadControl: return "no driver without a device and other clients for the control line:"u8;
            default: return "no such driver for a console:"u8;
        }
    }
}
