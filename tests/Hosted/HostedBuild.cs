using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace Tierce.Hosted;

/// <summary>A text of a source file, and what replaces it in a twin.</summary>
/// <param name="File">Path below the repository.</param>
/// <param name="Old">A text that the file holds exactly once.</param>
/// <param name="New">What replaces it.</param>
internal sealed record Change(string File, string Old, string New);

/// <summary>
/// Compiles the sources of the running test project once more, in memory, with texts replaced, and loads them next to the tests: its types have
/// static fields of their own.
/// </summary>
internal static class HostedBuild
{
    /// <summary>What a file has for which the compiler generates sources; written so that this file has it not.</summary>
    private const string Generated = "[Generated" + "Regex(";

    private static readonly ConcurrentDictionary<string, SyntaxTree> s_parsed = new(StringComparer.Ordinal);

    private static readonly Lazy<MetadataReference[]> s_references = new(() => [.. Listed("reference:").Select(reference => MetadataReference.CreateFromFile(reference))]);

    private static readonly Lazy<string[]> s_compilable = new(() => [.. Listed("source:").Where(file => !File.ReadAllText(file).Contains(Generated, StringComparison.Ordinal))]);

    private static readonly string[] s_lines = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "sources.txt"));

    /// <summary>Top folder of the tree, ending in a slash.</summary>
    public static string Root { get; } = Sources.Root + "/";

    /// <summary>Compiles all sources of the project, but those for which the compiler would have to generate others.</summary>
    public static byte[] Compile(params Change[] changes) => Compile(s_compilable.Value, changes);

    /// <summary>The same without the project's other tests: for a twin that runs those of one class, which has a file of its name.</summary>
    public static byte[] CompileFor(Type tests, params Change[] changes) => Compile(
        s_compilable.Value.Where(file => !file.EndsWith("Tests.cs", StringComparison.Ordinal) || Path.GetFileNameWithoutExtension(file) == tests.Name),
        changes);

    /// <summary>Compiles sources, by their full paths.</summary>
    public static byte[] Compile(IEnumerable<string> files, params Change[] changes)
    {
        CSharpParseOptions options = new(LanguageVersion.Preview, preprocessorSymbols: Listed("define:").SelectMany(line => line.Split(';')));
        var left = changes.ToDictionary(change => Root + change.File, StringComparer.Ordinal);
        List<SyntaxTree> trees = [];
        foreach (string file in files)
        {
            if (!left.Remove(file, out Change? change))
            {
                trees.Add(s_parsed.GetOrAdd(file, static (file, options) => Parse(file, File.ReadAllText(file), options), options));
                continue;
            }

            trees.Add(Parse(file, Sources.ReplaceOnce(change.File, File.ReadAllText(file), change.Old, change.New), options));
        }

        Assert.True(left.Count == 0, $"not among the sources: {string.Join(", ", left.Keys)}");
        var compilation = CSharpCompilation.Create(
            Assembly.GetExecutingAssembly().GetName().Name,
            trees,
            s_references.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, allowUnsafe: true));
        using MemoryStream output = new();
        Microsoft.CodeAnalysis.Emit.EmitResult result = compilation.Emit(output);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error)));
        return output.ToArray();
    }

    /// <summary>Loads an assembly that <see cref="Compile(Change[])"/> made.</summary>
    public static Assembly Load(byte[] assembly)
    {
        using MemoryStream input = new(assembly);
        return new AssemblyLoadContext(null).LoadFromStream(input);
    }

    /// <summary>What the build of this project wrote down of itself.</summary>
    public static IEnumerable<string> Listed(string kind) =>
        s_lines.Where(line => line.StartsWith(kind, StringComparison.Ordinal)).Select(line => line[kind.Length..]);

    private static SyntaxTree Parse(string file, string text, CSharpParseOptions options) => CSharpSyntaxTree.ParseText(SourceText.From(text), options, file);
}
