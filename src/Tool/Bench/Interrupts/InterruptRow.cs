using System.Text.Json.Serialization;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>One row of the table of interrupt paths. A value that a case does not have, or that cannot be observed, is null.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Guest">Which guest takes the interrupt, and of what.</param>
/// <param name="Total">Context switches until the interrupted code resumes.</param>
/// <param name="LatencyTopHalf">Context switches before the driver's first instruction.</param>
/// <param name="LatencyGuest">Context switches before the first instruction of the guest's handler.</param>
/// <param name="InstructionsToTopHalf">Instructions from the interrupt's entry to the driver's first.</param>
/// <param name="InstructionsToGuest">Instructions from the entry to the first of the guest's handler.</param>
/// <param name="InstructionsToReturn">Instructions from the entry until the interrupted code resumes, including the handler's own.</param>
/// <param name="SwitchesSeen">Calls of the function that switches contexts, counted from outside until the return.</param>
internal sealed record InterruptRow(
    [property: JsonPropertyName("case")] string Case,
    [property: JsonPropertyName("guest")] string Guest,
    [property: JsonPropertyName("total")] int? Total,
    [property: JsonPropertyName("latency_top_half")] int? LatencyTopHalf,
    [property: JsonPropertyName("latency_guest")] int? LatencyGuest,
    [property: JsonPropertyName("instructions_to_top_half")] int? InstructionsToTopHalf,
    [property: JsonPropertyName("instructions_to_guest")] int? InstructionsToGuest,
    [property: JsonPropertyName("instructions_to_return")] int? InstructionsToReturn,
    [property: JsonPropertyName("switches_seen")] int? SwitchesSeen)
{
    /// <summary>Each switch passes one of these: the general function's entry, or what the short forms exchange two threads' state with.</summary>
    private static readonly string[] s_switchSymbols = ["Tierce_Kernel_Tierce_Kernel_Switching_ContextSwitch__To", "cpu_exchange_state", "cpu_leave_guest_state"];

    /// <summary>The row of a trace. Without <paramref name="kernel"/>, its symbols, the kernel's switches could not be read.</summary>
    public static InterruptRow From(InterruptCase which, InterruptTrace trace, ImageSymbols? kernel) => new(
        which.Name,
        which.Guest,
        kernel is null ? null : trace.Total,
        kernel is null || !which.HasDriver ? null : trace.TopHalf?.Switches,
        kernel is null ? null : trace.Guest?.Switches,
        which.HasDriver ? trace.TopHalf?.Instructions : null,
        trace.Guest?.Instructions,
        trace.Return?.Instructions,
        kernel is not null && trace.Return is not null ? s_switchSymbols.Sum(symbol => trace.TimesAt(kernel[symbol])) : null);
}
