using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>
/// The longest stretches with interrupts off, by what entered the kernel, while a guest boots and does most rows of the benchmark.
/// </summary>
internal static class InterruptsOff
{
    private static readonly string[] s_rows = ["pipe", "fork", "exec", "page-fault", "mmap", "context-switch-16"];

    /// <summary>Boots and measures. Instructions by path, the longest first.</summary>
    public static (string Path, ulong Instructions)[] Run(Repository tree, string guest, TierceSettings settings)
    {
        BenchBoot boot = BenchBoot.Run(tree, guest, Carrier.Tierce, BenchRow.Choose(s_rows), count: true, settings with { TimesEntries = true });
        return [.. boot.Log.InterruptsOff.OrderByDescending(item => item.Value).Select(item => (Name(item.Key), item.Value))];
    }

    /// <summary>A path by the name of its call: "vm-call-4" is "vm-call-LoadRoot".</summary>
    public static string Name(string path)
    {
        int at = path.LastIndexOf('-');
        if (at < 0 || !int.TryParse(path[(at + 1)..], out int number))
        {
            return path;
        }

        string? name = path[..at] switch
        {
            "domain-call" => Enum.GetName((Abi.KernelCall)number),
            "vm-call" => Enum.GetName((Abi.VmCall)number),
            _ => null,
        };
        return name is null ? path : $"{path[..at]}-{name}";
    }
}
