namespace Tierce.Tool.Bench;

/// <summary>One row of the benchmark.</summary>
/// <param name="Name">Its name, in options, results and the guest's program.</param>
/// <param name="What">The operation.</param>
internal sealed record BenchRow(string Name, string What)
{
    /// <summary>The row that every boot measures: from the guest's first instruction to its process 1's first.</summary>
    public const string Boot = "boot";

    /// <summary>Row of a C compiler at work.</summary>
    public const string CompileJob = "compile-job";

    /// <summary>Row of a shell that starts processes.</summary>
    public const string ShellJob = "shell-job";

    /// <summary>All rows, in the order in which they are measured and shown.</summary>
    public static readonly BenchRow[] All =
    [
        new("null-syscall", "getppid"),
        new("pipe", "a byte to another process and back"),
        new("fork", "fork, exit, wait"),
        new("exec", "fork, exec of busybox (static), exit, wait"),
        new("page-fault", "first write to a fresh page"),
        new("mmap", "mmap of 64 pages, populated, and munmap"),
        new("context-switch-2", "a byte handed to the next of 2 processes: write, switch, read"),
        new("context-switch-16", "the same among 16 processes"),
        new(CompileJob, "tcc compiles a generated C program"),
        new(ShellJob, "a script of 400 processes in busybox sh"),
        new(Boot, "from the guest kernel's entry to the first instruction of process 1"),
    ];

    /// <summary>Rows by name, in the order of <see cref="All"/>.</summary>
    /// <exception cref="ToolException">A name is unknown.</exception>
    public static BenchRow[] Choose(IReadOnlyCollection<string> names)
    {
        foreach (string name in names)
        {
            if (!All.Any(row => row.Name == name))
            {
                throw new ToolException($"--only {name}: no such row; rows are {string.Join(", ", All.Select(row => row.Name))}");
            }
        }

        return [.. All.Where(row => names.Count == 0 || names.Contains(row.Name))];
    }
}
