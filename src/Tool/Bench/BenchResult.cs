using System.Text.Json.Serialization;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench;

/// <summary>One figure on all sides. A side that was not measured is null.</summary>
/// <param name="Name">Row; with "-wall" at its end where it is wall time.</param>
/// <param name="Unit">Unit of the figures.</param>
/// <param name="Native">On QEMU's machine itself.</param>
/// <param name="Xen">Under Debian's Xen.</param>
/// <param name="Tierce">Under Tierce.</param>
internal sealed record BenchResult(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("native")] double? Native,
    [property: JsonPropertyName("xen")] double? Xen,
    [property: JsonPropertyName("tierce")] double? Tierce)
{
    /// <summary>Unit of what is counted.</summary>
    public const string Instructions = "instructions";

    /// <summary>Unit of wall time: the host's time-stamp counter. Only ratios of it mean anything.</summary>
    public const string HostTicks = "host ticks";

    /// <summary>Unit of processor time that QEMU took on the host.</summary>
    public const string HostMilliseconds = "host CPU ms";

    /// <summary>Row of the whole machine's life where wall time is measured: firmware, loader, boot, all rows, power-off.</summary>
    public const string WholeRun = "whole-run-cpu";

    /// <summary>Ends the name of a wall-time figure.</summary>
    public const string WallSuffix = "-wall";

    /// <summary>Ratio to native; null if either side is missing.</summary>
    public double? Ratio(Carrier side) => Figure(side) / Native;

    /// <summary>The figure of a side.</summary>
    public double? Figure(Carrier side) => side switch
    {
        Carrier.Native => Native,
        Carrier.Xen => Xen,
        _ => Tierce,
    };
}
