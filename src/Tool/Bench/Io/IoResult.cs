using System.Text.Json.Serialization;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Bench.Io;

/// <summary>One figure of disks on all sides. A side that was not measured is null.</summary>
/// <param name="Name">Row; with "-wall" at its end where it is wall time.</param>
/// <param name="Unit">Unit of the figures.</param>
/// <param name="Native">On QEMU's machine itself.</param>
/// <param name="Xen">Under Debian's Xen, whose first domain drives the disk.</param>
/// <param name="Tierce">Under Tierce.</param>
/// <param name="Switches">Context switches of Tierce's kernel for one operation.</param>
/// <param name="Interrupts">Interrupts that Tierce's kernel took for one operation.</param>
internal sealed record IoResult(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("unit")] string Unit,
    [property: JsonPropertyName("native")] double? Native,
    [property: JsonPropertyName("xen")] double? Xen,
    [property: JsonPropertyName("tierce")] double? Tierce,
    [property: JsonPropertyName("switches")] double? Switches,
    [property: JsonPropertyName("interrupts")] double? Interrupts)
{
    /// <summary>Ratio to native; null if either side is missing.</summary>
    public double? Ratio(Carrier side) => (side == Carrier.Xen ? Xen : Tierce) / Native;
}
