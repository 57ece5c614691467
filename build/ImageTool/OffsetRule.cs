using System.Text.RegularExpressions;

namespace Tierce.ImageTool;

/// <summary>
/// Finds offsets in structs that are typed into assembly. They have to come from layout.inc, which is written from the structs
/// themselves. In an address a number may stand alone before the stack pointer, and as the product of a size and an index before other
/// registers: <c>8 * 2(%rdi)</c> is the third word of an array. No field lies at a negative offset. A name to which assembly gives a number may stand before the stack
/// pointer alone, where assembly lays out what it keeps there itself.
/// </summary>
internal static partial class OffsetRule
{
    /// <summary>What is wrong, a line each, in the form that MSBuild takes as errors.</summary>
    public static IReadOnlyList<string> Check(IReadOnlyList<string> files)
    {
        var lines = files.SelectMany(file => File.ReadLines(file).Select((text, index) => new SourceLine(file, index + 1, WithoutComment(text)))).ToList();
        HashSet<string> typed = Typed(lines);
        return [.. lines.SelectMany(line => Check(line, typed))];
    }

    private static IEnumerable<string> Check(SourceLine line, HashSet<string> typed)
    {
        foreach (Match address in Address().Matches(line.Text))
        {
            string displacement = address.Groups["displacement"].Value;
            bool isProduct = displacement.Contains('*', StringComparison.Ordinal);
            bool isNegative = address.Index > 0 && line.Text[address.Index - 1] == '-';
            if (LastNumber().Match(displacement) is { Success: true } number && number.Value != "0" && !isProduct && !isNegative)
            {
                yield return $"{line.Where}: error TIERCE004: {address.Value}): the offset is typed by hand; layout.inc has those of structs (src/Abi/AssemblyNamesAttribute.cs)";
            }

            foreach (Match name in Name().Matches(displacement).Where(name => typed.Contains(name.Value)))
            {
                yield return $"{line.Where}: error TIERCE004: {name.Value}: a number typed by hand is used as an offset; layout.inc has those of structs (src/Abi/AssemblyNamesAttribute.cs)";
            }
        }
    }

    /// <summary>Names that assembly gives a number, or an expression of such names and numbers.</summary>
    private static HashSet<string> Typed(List<SourceLine> lines)
    {
        List<(string Name, string Value)> definitions = [.. lines.Select(line => Definition().Match(line.Text)).Where(match => match.Success)
            .Select(match => (match.Groups["name"].Value, match.Groups["value"].Value))];
        HashSet<string> typed = [];
        int before;
        do
        {
            before = typed.Count;
            typed.UnionWith(definitions.Where(definition => Name().Matches(definition.Value).All(name => typed.Contains(name.Value))).Select(definition => definition.Name));
        }
        while (typed.Count > before);
        return typed;
    }

    private static string WithoutComment(string line)
    {
        int comment = line.IndexOf("# ", StringComparison.Ordinal);
        return comment < 0 ? line : line[..comment];
    }

    // A displacement before another base register than the stack pointer. A sign with a blank on one side alone belongs to the number.
    [GeneratedRegex(@"(?<displacement>(?:[\w\\#]+(?: [-+*] |[-+*]))*[\w\\#]+)\((?:%(?!rsp\b|esp\b)\w+|\\\w+)")]
    private static partial Regex Address();

    [GeneratedRegex(@"(?<!\w)(?:0x[0-9a-f]+|\d+)$")]
    private static partial Regex LastNumber();

    [GeneratedRegex(@"(?<![\w.])[A-Za-z_]\w*")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\s*(?:\.set\s+(?<name>\w+)\s*,\s*(?<value>.+)|(?<name>\w+)\s*=\s*(?<value>.+)|#define\s+(?<name>\w+)\s+(?<value>\S.*))$")]
    private static partial Regex Definition();

    private sealed record SourceLine(string File, int Number, string Text)
    {
        public string Where => $"{File}({Number})";
    }
}
