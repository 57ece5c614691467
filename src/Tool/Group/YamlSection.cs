using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Tierce.Tool.Group;

/// <summary>Keys and values of a YAML file at one place. Errors name the file and the line, in YAML's terms.</summary>
internal sealed class YamlSection
{
    private readonly string _file;
    private readonly Dictionary<string, YamlNode> _values = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>Over a node that holds some of the keys.</summary>
    /// <param name="file">The file, for messages.</param>
    /// <param name="node">The node.</param>
    /// <param name="what">What the node describes, for messages.</param>
    /// <param name="keys">Keys that there may be.</param>
    /// <exception cref="ToolException">It is another kind of node, or holds another key.</exception>
    public YamlSection(string file, YamlNode node, string what, params string[] keys)
    {
        _file = file;
        Line = LineOf(node);
        if (node is not YamlMappingNode mapping)
        {
            throw Wrong(Line, $"{what} is {Kind(node)}; KEY: VALUE is wanted, with the keys {string.Join(", ", keys)}");
        }

        foreach ((YamlNode key, YamlNode value) in mapping.Children)
        {
            string name = (key as YamlScalarNode)?.Value ?? Kind(key);
            if (!keys.Contains(name, StringComparer.Ordinal))
            {
                throw Wrong(LineOf(key), $"{what} has no key '{name}'; there are {string.Join(", ", keys)}");
            }

            _values[name] = value;
            _lines[name] = LineOf(key);
        }
    }

    /// <summary>Its first line.</summary>
    public int Line { get; }

    /// <summary>Line of each key.</summary>
    public IReadOnlyDictionary<string, int> Lines => _lines;

    /// <summary>Whether a key is there.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>One text; null if the key is not there, or empty.</summary>
    public string? Text(string key) => _values.TryGetValue(key, out YamlNode? node) ? Text(key, node) : null;

    /// <summary>A whole number.</summary>
    /// <param name="key">The key.</param>
    /// <param name="usual">Without the key.</param>
    /// <param name="most">The largest.</param>
    /// <param name="unit">What is counted, for messages.</param>
    public int Number(string key, int usual, int most, string unit) => Text(key) is not { } text ? usual
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= most ? number
        : throw Wrong(key, $"{key}: {text}: say {unit}, from 0 to {most}");

    /// <summary>A list; empty if the key is not there.</summary>
    public IEnumerable<YamlNode> List(string key) => !_values.TryGetValue(key, out YamlNode? node) || IsNull(node) ? []
        : node is YamlSequenceNode list ? list.Children
        : throw Wrong(key, $"{key} is {Kind(node)}; a list is wanted");

    /// <summary>A list of texts, each with its line.</summary>
    public IEnumerable<(string Text, int Line)> Texts(string key) => List(key).Select(node => (Text(key, node) ?? string.Empty, LineOf(node)));

    /// <summary>A message about a key.</summary>
    public ToolException Wrong(string key, string words) => Wrong(_lines.GetValueOrDefault(key, Line), words);

    /// <summary>A message about a line.</summary>
    public ToolException Wrong(int line, string words) => new($"{_file}: line {line}: {words}");

    /// <summary>Whether a node stands for nothing.</summary>
    public static bool IsNull(YamlNode node) => node is YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "~" or "null" or "Null" or "NULL" };

    private static int LineOf(YamlNode node) => (int)node.Start.Line;

    private static string Kind(YamlNode node) => node switch
    {
        YamlSequenceNode => "a list",
        YamlMappingNode => "a section of its own",
        _ when IsNull(node) => "empty",
        _ => "one text",
    };

    private string? Text(string key, YamlNode node) => IsNull(node) ? null
        : node is YamlScalarNode scalar ? scalar.Value
        : throw Wrong(LineOf(node), $"{key} is {Kind(node)}; one text is wanted");
}
