using System.Globalization;

namespace Tierce.Tool.Host;

/// <summary>Memory of the machine that the tool runs on.</summary>
internal static class HostMemory
{
    /// <summary>In this mode Linux reserves all that is asked for, and no request can be exempt.</summary>
    private const string Strict = "2";

    /// <summary>RAM and swap, in MiB; what Linux refuses to exceed in one reservation. 0 where it is not told.</summary>
    public static int MiB { get; } = Total(Read("/proc/meminfo"));

    /// <summary>Whether memory can be asked for without a reservation.</summary>
    public static bool MayOvercommit { get; } = MiB > 0 && Read("/proc/sys/vm/overcommit_memory").Trim() != Strict;

    /// <summary>RAM and swap by the text of /proc/meminfo.</summary>
    internal static int Total(string text)
    {
        long total = 0;
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["MemTotal:" or "SwapTotal:", var amount, "kB"] && long.TryParse(amount, NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
            {
                total += kilobytes;
            }
        }

        return (int)(total >> 10);
    }

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
