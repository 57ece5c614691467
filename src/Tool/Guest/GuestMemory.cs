using System.Globalization;

namespace Tierce.Tool.Guest;

/// <summary>Amounts of guest memory: how users write them, and how much is enough.</summary>
internal static class GuestMemory
{
    private const long MiB = 1 << 20;

    /// <summary>
    /// Memory that a Linux kernel needs in addition to its image and first file system: per-page data, tables, caches, the first processes.
    /// </summary>
    private const long WorkingMiB = 48;

    /// <summary>What an amount looks like, for messages.</summary>
    public const string Rule = "say an amount such as 512M, 1.5G or 2G, in whole MiB, at most 64G";

    /// <summary>Parses "512M", "1.5G" or a number of MiB; returns MiB.</summary>
    /// <exception cref="ToolException">No amount of memory, or too large a one.</exception>
    public static int Parse(string text) => TryParse(text, out int mebibytes) ? mebibytes : throw new ToolException($"--memory {text}: {Rule}");

    /// <summary>Parses an amount; false if it is none.</summary>
    public static bool TryParse(string text, out int mebibytes)
    {
        const int Most = 64 << 10;
        (string digits, int unit) = text switch
        {
            [.. var head, 'M' or 'm'] => (head, 1),
            [.. var head, 'G' or 'g'] => (head, 1024),
            _ => (text, 1),
        };
        mebibytes = 0;
        if (!decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal amount)
            || amount is <= 0 or > Most || amount * unit > Most || amount * unit != decimal.Truncate(amount * unit))
        {
            return false;
        }

        mebibytes = (int)(amount * unit);
        return true;
    }

    /// <summary>Checks that kernel and initial RAM file system fit, with room to work.</summary>
    /// <param name="memoryMiB">The guest's memory.</param>
    /// <param name="kernelEnd">First physical address after the kernel.</param>
    /// <param name="initrdSize">Bytes of the initial RAM file system.</param>
    /// <exception cref="ToolException">They do not.</exception>
    public static void Check(int memoryMiB, ulong kernelEnd, long initrdSize)
    {
        long memory = memoryMiB * MiB;
        if (initrdSize >= memory)
        {
            throw new ToolException($"initramfs larger than memory: {ToMiB(initrdSize)} MiB, and the guest has {memoryMiB} MiB (--memory)");
        }

        // The file system exists twice while the kernel unpacks it.
        long needed = (long)kernelEnd + (2 * initrdSize) + (WorkingMiB * MiB);
        if (needed > memory)
        {
            throw new ToolException($"too little memory: {memoryMiB} MiB; this kernel (up to {ToMiB((long)kernelEnd)} MiB) and initramfs ({ToMiB(initrdSize)} MiB) need at least {ToMiB(needed)} MiB (--memory)");
        }
    }

    private static long ToMiB(long bytes) => (bytes + MiB - 1) / MiB;
}
