using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>One row of the table of interrupt paths. What a case does not have, or what cannot be seen of it, is null.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Guest">Which guest takes the interrupt, and of what.</param>
/// <param name="Total">Context switches until what was interrupted goes on.</param>
/// <param name="LatencyTopHalf">Context switches before the driver's first instruction.</param>
/// <param name="LatencyGuest">Context switches before the first instruction of the guest's handler.</param>
/// <param name="InstructionsToTopHalf">Instructions from the interrupt's entry to the driver's first.</param>
/// <param name="InstructionsToGuest">Instructions from the entry to the first of the guest's handler.</param>
/// <param name="InstructionsToReturn">Instructions from the entry until what was interrupted goes on, the handler's own work included.</param>
internal sealed record InterruptRow(
    [property: JsonPropertyName("case")] string Case,
    [property: JsonPropertyName("guest")] string Guest,
    [property: JsonPropertyName("total")] int? Total,
    [property: JsonPropertyName("latency_top_half")] int? LatencyTopHalf,
    [property: JsonPropertyName("latency_guest")] int? LatencyGuest,
    [property: JsonPropertyName("instructions_to_top_half")] int? InstructionsToTopHalf,
    [property: JsonPropertyName("instructions_to_guest")] int? InstructionsToGuest,
    [property: JsonPropertyName("instructions_to_return")] int? InstructionsToReturn)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>The row of a trace. Without <paramref name="counted"/> the kernel's switches could not be read.</summary>
    public static InterruptRow From(InterruptCase which, InterruptTrace trace, bool counted) => new(
        which.Name,
        which.Guest,
        counted ? trace.Total : null,
        counted ? trace.TopHalf?.Switches : null,
        counted ? trace.Guest?.Switches : null,
        trace.TopHalf?.Instructions,
        trace.Guest?.Instructions,
        trace.Return?.Instructions);

    /// <summary>All rows as a JSON list.</summary>
    public static string ToJson(IEnumerable<InterruptRow> rows) => JsonSerializer.Serialize(rows, Indented) + "\n";
}
