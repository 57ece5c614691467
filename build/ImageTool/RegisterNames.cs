using System.Globalization;
using System.Text.RegularExpressions;

namespace Tierce.ImageTool;

/// <summary>
/// Counts the names of the processor's registers in the kernel's C# outside its Arch folder: another processor has other registers, so the
/// rest of the kernel names what a register means. Comments and texts do not count. build/register-names.txt lists the files that still have
/// some; a number there may only become smaller.
/// </summary>
internal static partial class RegisterNames
{
    /// <summary>Uses in every file below a folder that has some, by path in the folder; files below a folder Arch are left out.</summary>
    public static IReadOnlyDictionary<string, int> Count(string folder) =>
        Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(folder, file), Uses: Register().Count(Silent().Replace(File.ReadAllText(file), string.Empty))))
            .Where(file => file.Uses > 0 && !file.Name.StartsWith("Arch" + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            .ToDictionary(file => file.Name, file => file.Uses, StringComparer.Ordinal);

    /// <summary>What is wrong, a line each; empty if every file has as many uses as the list says.</summary>
    /// <param name="folder">The kernel's folder.</param>
    /// <param name="listed">Lines of a path and a number.</param>
    public static IReadOnlyList<string> Compare(string folder, IEnumerable<string> listed)
    {
        IReadOnlyDictionary<string, int> counted = Count(folder);
        Dictionary<string, int> allowed = listed.Select(line => line.Split(' '))
            .ToDictionary(parts => parts[0], parts => int.Parse(parts[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        return
        [
            .. counted.Where(file => file.Value > allowed.GetValueOrDefault(file.Key))
                .Select(file => $"{file.Key} names registers {file.Value} times, not {allowed.GetValueOrDefault(file.Key)}: outside Arch use the names of Context and of the calls' structs"),
            .. allowed.Where(file => file.Value > counted.GetValueOrDefault(file.Key))
                .Select(file => $"{file.Key} names registers {counted.GetValueOrDefault(file.Key)} times, not {file.Value}: lower the number in build/register-names.txt"),
        ];
    }

    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex Silent();

    [GeneratedRegex(@"\b(?:R[abcd]x|R[sd]i|R[bs]p|R(?:[89]|1[0-5])|Rip|Rflags|[CS]s|Cr[0-4]|Dr[0-7]|(?:Fs|Gs|OtherGs|KernelGs)Base)\b")]
    private static partial Regex Register();
}
