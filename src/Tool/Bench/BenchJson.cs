using System.Text.Json;

namespace Tierce.Tool.Bench;

/// <summary>Figures of a benchmark for other programs.</summary>
internal static class BenchJson
{
    private static readonly JsonSerializerOptions s_indented = new() { WriteIndented = true };

    /// <summary>Figures as a JSON list.</summary>
    public static string List<T>(IEnumerable<T> figures) => JsonSerializer.Serialize(figures, s_indented) + "\n";
}
