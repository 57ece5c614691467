using System.Text.RegularExpressions;

namespace Tierce.ImageTool;

/// <summary>A function of the image: where it is, under which name the linker knows it, and how people call it.</summary>
internal sealed record ImageFunction(ulong Address, ulong Size, string Symbol, string Name, CallFrame? Frame);

/// <summary>The functions of a linked image, in order of address.</summary>
internal static partial class ImageFunctions
{
    /// <summary>Reads them; each byte of code up to the next function belongs to the one before. What is marked as data among the code is left out.</summary>
    public static List<ImageFunction> Read(ElfFile elf)
    {
        Dictionary<ulong, CallFrame> frames = CallFrames.Read(elf).GroupBy(f => f.Start).ToDictionary(g => g.Key, g => g.First());
        List<ElfSymbol> data = elf.Symbols.Where(s => s.Type == ElfFile.Data && elf.CodeSectionAt(s.Address) is not null).ToList();
        List<ElfSymbol> symbols = elf.Symbols
            .Where(s => s.Name.Length > 0 && s.Section is > 0 and < 0xff00
                && (s.Type == ElfFile.Function || s.Type == ElfFile.NoType)
                && elf.CodeSectionAt(s.Address) is not null
                && !data.Exists(d => s.Address >= d.Address && s.Address < d.Address + d.Size))
            .GroupBy(s => s.Address)
            .Select(Preferred)
            .OrderBy(s => s.Address)
            .ToList();

        var functions = new List<ImageFunction>();
        for (int i = 0; i < symbols.Count; i++)
        {
            ElfSymbol symbol = symbols[i];
            ElfSection section = elf.CodeSectionAt(symbol.Address)!;
            ulong end = section.Address + section.Size;
            if (i + 1 < symbols.Count)
            {
                end = Math.Min(end, symbols[i + 1].Address);
            }

            functions.Add(new ImageFunction(
                symbol.Address, end - symbol.Address, symbol.Name, Readable(symbol.Name), frames.GetValueOrDefault(symbol.Address)));
        }

        return functions;
    }

    /// <summary>
    /// The compiler's <c>Tierce_Kernel_Tierce_Kernel_Arch_Machine__Panic</c> (assembly, namespace and type, method) as
    /// <c>Arch_Machine.Panic</c>. Other names stay as they are.
    /// </summary>
    public static string Readable(string symbol)
    {
        int method = symbol.IndexOf("__", StringComparison.Ordinal);
        if (!symbol.StartsWith("Tierce_", StringComparison.Ordinal) || method < 0)
        {
            return symbol;
        }

        string type = AssemblyPrefix().Replace(symbol[..method], string.Empty);
        return $"{type}.{symbol[(method + 2)..]}";
    }

    // An exported method has two names: the compiler's says where it is from.
    private static ElfSymbol Preferred(IEnumerable<ElfSymbol> sameAddress) =>
        sameAddress
            .OrderByDescending(s => s.Name.StartsWith("Tierce_", StringComparison.Ordinal))
            .ThenByDescending(s => s.Type == ElfFile.Function)
            .ThenByDescending(s => s.Binding == ElfFile.Global)
            .ThenBy(s => s.Name.StartsWith("__", StringComparison.Ordinal))
            .ThenBy(s => s.Name, StringComparer.Ordinal)
            .First();

    [GeneratedRegex("^(Tierce_[A-Za-z0-9]+_)+")]
    private static partial Regex AssemblyPrefix();
}
