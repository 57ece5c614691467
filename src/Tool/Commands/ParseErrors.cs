using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace Tierce.Tool.Commands;

/// <summary>What the parser of the command line found wrong, in words that name no type of .NET's.</summary>
internal static partial class ParseErrors
{
    /// <summary>One line for all errors.</summary>
    public static string Words(IEnumerable<ParseError> errors) => string.Join("; ", errors.Select(error => Plain(error.Message)));

    /// <summary>One message.</summary>
    public static string Plain(string message) => NotOfType().Match(message) is { Success: true } match
        ? $"{match.Groups[2].Value} {match.Groups[1].Value}: say a {(match.Groups[3].Value.Contains("Int", StringComparison.Ordinal) ? "whole number" : "value of another kind")}"
        : message.ReplaceLineEndings(" ");

    [GeneratedRegex("^Cannot parse argument '(.*)' for (?:option|argument|command) '(.*)' as expected type '(.*)'", RegexOptions.Singleline)]
    private static partial Regex NotOfType();
}
