using System.Diagnostics;
using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>
/// The processor time that a machine has used. A test that waits for nothing to happen is bounded by this: a busy host, which gives a
/// machine less time, makes the test longer, but does not make it look less.
/// </summary>
internal static class MachineTime
{
    /// <summary>That of the machine whose logs go to a folder; nothing while there is none.</summary>
    public static TimeSpan Of(string logs)
    {
        string wanted = $"file:{Path.Combine(logs, "tierce.log")}";
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int id) && Read(Path.Combine(folder, "cmdline")).Split('\0').Contains(wanted))
            {
                using var machine = Process.GetProcessById(id);
                return machine.TotalProcessorTime;
            }
        }

        return TimeSpan.Zero;
    }

    /// <summary>Empty for a process that has ended since it was listed.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (IOException)
        {
            return string.Empty;
        }
    }
}
