namespace Tierce.Tool.Group;

/// <summary>Where a guest or an application is described, so that a later error can name the line.</summary>
/// <param name="File">The file.</param>
/// <param name="Line">Where the description begins.</param>
/// <param name="Lines">Line of each key that it has.</param>
internal sealed record DescriptionSource(string File, int Line, IReadOnlyDictionary<string, int> Lines)
{
    /// <summary>The same for what has no result.</summary>
    public static void Use(DescriptionSource? source, string key, Action use) => Use(source, key, () =>
    {
        use();
        return key;
    });

    /// <summary>Does something with the value of a key; what it says about a wrong value is preceded by the place.</summary>
    /// <param name="source">The place; null: the command line, whose options the messages name anyway.</param>
    /// <param name="key">The key.</param>
    /// <param name="use">What to do.</param>
    public static T Use<T>(DescriptionSource? source, string key, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (ToolException e) when (source is not null)
        {
            throw new ToolException($"{source.File}: line {source.Lines.GetValueOrDefault(key, source.Line)}: {e.Message}");
        }
    }
}
