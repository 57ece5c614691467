using System.Globalization;

namespace Tierce.Tool.Host;

/// <summary>Processor time on the host, which the load of others does not lengthen as it does wall time.</summary>
internal static class HostTime
{
    /// <summary>Ticks a second in which Linux tells it (sysconf _SC_CLK_TCK, 100 on every x86-64 kernel).</summary>
    private const double TicksPerSecond = 100;

    /// <summary>
    /// Fields of /proc/self/stat after the program's name: of these, user and system time of children that have ended and been waited for
    /// (proc(5): 16 and 17).
    /// </summary>
    private const int ChildrensUser = 13, ChildrensSystem = 14;

    /// <summary>What children of this process that have ended took, in steps of 10 ms.</summary>
    public static TimeSpan OfChildren()
    {
        string text = File.ReadAllText("/proc/self/stat");
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        long ticks = long.Parse(fields[ChildrensUser], CultureInfo.InvariantCulture) + long.Parse(fields[ChildrensSystem], CultureInfo.InvariantCulture);
        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }
}
