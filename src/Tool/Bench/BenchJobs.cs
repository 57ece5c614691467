using System.Globalization;
using System.Text;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench;

/// <summary>The real jobs of the benchmark: the files that they need in the guest.</summary>
internal static class BenchJobs
{
    private const string Compiler = "tcc";
    private const string Library = "libc6";

    /// <summary>Functions in the generated program: some 8,000 lines.</summary>
    private const int Functions = 400;

    /// <summary>Part of the compiler's package and of the C library's that compiling needs; all go into one folder.</summary>
    private static readonly string[] s_parts = ["tcc", "ld-linux-x86-64.so.2", "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0"];

    private const string ShellScript = """
        set -e
        i=0
        while [ $i -lt 100 ]; do
            /bin/busybox true
            echo "$i process" | /bin/busybox cut -d' ' -f2 >/tmp/out
            i=$(/bin/busybox expr $i + 1)
        done

        """;

    private const string CompileScript = """
        set -e
        /tierce/ld-linux-x86-64.so.2 --library-path /tierce /tierce/tcc -c -o /tmp/program.o /tierce/program.c
        [ -s /tmp/program.o ]

        """;

    /// <summary>Files for the chosen rows, as RunOptions wants them; what is generated is written to <paramref name="folder"/>.</summary>
    public static IEnumerable<string> Files(IEnumerable<BenchRow> rows, string folder)
    {
        HashSet<string> names = [.. rows.Select(row => row.Name)];
        if (names.Contains(BenchRow.ShellJob))
        {
            yield return Write(folder, "shell-job", ShellScript);
        }

        if (names.Contains(BenchRow.CompileJob))
        {
            yield return Write(folder, "compile-job", CompileScript);
            yield return Write(folder, "program.c", Source());
            string compiler = FindCompiler();
            foreach (string part in s_parts)
            {
                yield return $"{Path.Combine(compiler, part)}:/tierce/{part}";
            }
        }
    }

    private static string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return $"{path}:/tierce/{name}";
    }

    /// <summary>A C program without headers, the same each time.</summary>
    private static string Source()
    {
        StringBuilder text = new("struct node { struct node *next; long key; char name[16]; };\nstatic long total;\n");
        for (int i = 0; i < Functions; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $$"""
                static long sort_{{i}}(long *values, int count)
                {
                    int moved = 0;
                    for (int a = 1; a < count; a++) {
                        long value = values[a];
                        int b = a;
                        while (b > 0 && values[b - 1] > value + {{i}}) { values[b] = values[b - 1]; b--; moved++; }
                        values[b] = value;
                    }
                    return moved * {{(i * 7919) + 1}}L;
                }
                static struct node *find_{{i}}(struct node *list, const char *name, long key)
                {
                    for (; list; list = list->next) {
                        const char *a = list->name, *b = name;
                        while (*a && *a == *b) { a++; b++; }
                        if (*a == *b && (list->key ^ {{i}}) == key) return list;
                        total += sort_{{i}}(&list->key, 1) % {{i + 3}};
                    }
                    return 0;
                }

                """);
        }

        text.Append("int main(void)\n{\n    struct node one = { 0, 1, \"one\" };\n");
        for (int i = 0; i < Functions; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"    if (find_{i}(&one, \"one\", {i})) total++;\n");
        }

        return text.Append("    return (int)total;\n}\n").ToString();
    }

    private static string FindCompiler()
    {
        using FileStream held = ToolCache.Lock(Compiler);
        string kept = ToolCache.Sub(Compiler);
        if (s_parts.All(part => ToolCache.ReadKept(Path.Combine(kept, part)) is not null))
        {
            return kept;
        }

        string[] places = [.. s_parts.SelectMany(part => (string[])[$"usr/bin/{part}", $"lib/x86_64-linux-gnu/{part}", $"usr/lib/x86_64-linux-gnu/{part}"])];
        HashSet<string> found = new(StringComparer.Ordinal);
        foreach (string package in (ReadOnlySpan<string>)[Compiler, Library])
        {
            AptSource apt = AptSource.Knowing(package);
            using Progress progress = Progress.Start($"downloading {package} {apt.Version(package)}");
            foreach ((string name, byte[] contents) in apt.FilesOf(package, places).Where(file => found.Add(file.Name)))
            {
                ToolCache.Keep(Path.Combine(kept, name), contents);
            }
        }

        return s_parts.FirstOrDefault(part => !found.Contains(part)) is { } missing ? throw new ToolException($"packages {Compiler} and {Library} hold no {missing}") : kept;
    }
}
