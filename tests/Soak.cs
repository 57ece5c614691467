using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;

namespace Tierce.Soaking;

/// <summary>
/// What a stress asks: how much of it to do, with which seeds, and where to write down what it did. <c>./tierce test</c> runs each
/// stress for a short time, <c>./tierce test --soak</c> in full.
/// </summary>
internal static class Soak
{
    private const string FullVariable = "TIERCE_SOAK";
    private const string BaseVariable = "TIERCE_SOAK_SEED";
    private const string ReportVariable = "TIERCE_SOAK_REPORT";
    private const string ReplayVariable = "TIERCE_SEED";

    /// <summary>Whether stresses run in full.</summary>
    public static bool IsFull => Environment.GetEnvironmentVariable(FullVariable) == "1";

    /// <summary>The first of a stress's seeds: 1, but in a soak what <c>--seed</c> says.</summary>
    public static int FirstSeed => Number(BaseVariable) ?? 1;

    /// <summary>One of two amounts: for the short run, and in full.</summary>
    public static int Amount(int brief, int full) => IsFull ? full : brief;

    /// <summary>Seeds to run: this many from <see cref="FirstSeed"/> on, or TIERCE_SEED alone.</summary>
    public static IEnumerable<int> Seeds(int count) => Number(ReplayVariable) is { } seed ? [seed] : Enumerable.Range(FirstSeed, count);

    /// <summary>Writes down what a stress has done, once it has succeeded; nothing happens outside a soak.</summary>
    /// <param name="name">Names the stress; a file of that name holds the record.</param>
    /// <param name="count">How much it did.</param>
    /// <param name="unit">Of what.</param>
    /// <param name="seed">Its first seed.</param>
    /// <param name="clock">Started when it began.</param>
    public static void Record(string name, long count, string unit, int seed, Stopwatch clock)
    {
        string? folder = Environment.GetEnvironmentVariable(ReportVariable);
        if (!string.IsNullOrEmpty(folder))
        {
            Directory.CreateDirectory(folder);
            File.WriteAllBytes(
                Path.Combine(folder, name + ".json"),
                JsonSerializer.SerializeToUtf8Bytes(new { name, count, unit, seed, seconds = Math.Round(clock.Elapsed.TotalSeconds, 1) }));
        }
    }

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : null;
}
