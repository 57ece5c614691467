namespace Tierce.Abi;

/// <summary>
/// Limits of the boot manifest and of the kernel's command line. Root and kernel enforce them. The host tool checks them before it starts a
/// machine, because it can name the option or the line that is wrong.
/// </summary>
public static class ManifestLimits
{
    /// <summary>Most bytes of a section's name.</summary>
    public const int NameSize = 48;

    /// <summary>Bytes for a guest kernel's command line in Xen's start_info, its ending zero included.</summary>
    public const int CommandLineSize = 1024;

    /// <summary>Most bytes of the argument text of a driver or an application.</summary>
    public const int ArgumentsSize = 1024;

    /// <summary>Longest watchdog time in seconds: an hour.</summary>
    public const ulong MostWatchdog = 3600;

    /// <summary>Bytes of its own command line that Tierce's kernel reads.</summary>
    public const int KernelCommandLineSize = 4096;
}
