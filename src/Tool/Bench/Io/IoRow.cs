using System.Globalization;

namespace Tierce.Tool.Bench.Io;

/// <summary>One row of the benchmark of disks: a job of fio.</summary>
/// <param name="Name">Its name, in options and results.</param>
/// <param name="Unit">What one operation is.</param>
/// <param name="Limit">Instructions at most, as a multiple of native's.</param>
/// <param name="Copy">Instructions at most in addition: those of one copy of the data.</param>
/// <param name="Job">Options of fio.</param>
internal sealed record IoRow(string Name, string Unit, double Limit, int Copy, string Job)
{
    /// <summary>Size of the disk, in MiB. A job uses a part of it.</summary>
    public const int DiskMiB = 256;

    /// <summary>Operations of the longer run in addition to those of the shorter, if an operation is a request of 4 KiB.</summary>
    public const int UsualOperations = 4000;

    /// <summary>Fewest that a caller may choose.</summary>
    public const int FewestOperations = 320;

    /// <summary>Most: the sequential rows stay on the disk.</summary>
    public const int MostOperations = 4000;

    /// <summary>A copy of a MiB, at most.</summary>
    public const int MostForCopy = 140_000;

    private const string Request = "request", MiB = "MiB";

    /// <summary>An operation that moves a MiB stands for this number of the others.</summary>
    private const int RequestsOfMiB = 20;

    /// <summary>The shorter run has a fraction of the operations.</summary>
    private const int Shorter = 8;

    /// <summary>All rows, in the order in which they are measured and shown.</summary>
    public static readonly IoRow[] All =
    [
        new("read-4k-qd1", Request, 1.35, 0, "--rw=randread --bs=4k --ioengine=psync"),
        new("read-4k-qd32", Request, 1.20, 0, "--rw=randread --bs=4k --ioengine=libaio --iodepth=32"),
        new("write-4k-qd1", Request, 1.35, 0, "--rw=randwrite --bs=4k --ioengine=psync"),
        new("write-4k-sync", Request, 1.35, 0, "--rw=randwrite --bs=4k --ioengine=psync --sync=1"),
        new("read-seq", MiB, 1.15, MostForCopy, "--rw=read --bs=1M --ioengine=psync"),
        new("write-seq", MiB, 1.15, MostForCopy, "--rw=write --bs=1M --ioengine=psync"),
    ];

    /// <summary>Unit of the row's instructions.</summary>
    public string InstructionUnit => $"instructions per {Unit}";

    /// <summary>Rows by name, in the order of <see cref="All"/>.</summary>
    /// <exception cref="ToolException">A name is unknown.</exception>
    public static IoRow[] Choose(IReadOnlyCollection<string> names) =>
        names.Except(All.Select(row => row.Name)).FirstOrDefault() is { } unknown
            ? throw new ToolException($"--only {unknown}: no such row; rows are {string.Join(", ", All.Select(row => row.Name))}")
            : [.. All.Where(row => names.Count == 0 || names.Contains(row.Name))];

    /// <summary>Operations of the shorter run and of the longer one. Their difference is the figure, without fio's start and end.</summary>
    /// <param name="operations">Requests of 4 KiB by which the two differ.</param>
    public (int Fewer, int More) Counts(int operations)
    {
        int difference = Unit == MiB ? operations / RequestsOfMiB : operations;
        int fewer = difference / Shorter;
        return (fewer, fewer + difference);
    }

    /// <summary>A shell's script that does the row once; <c>$disk</c> is the device. What fio says is shown only if it fails.</summary>
    public string Script(string disk, int operations) => string.Create(CultureInfo.InvariantCulture, $"""
        /tierce/fio --name={Name} --filename=/dev/{disk} --size={DiskMiB}m --direct=1 {Job} --number_ios={operations} --eta=never --disk_util=0 >/tmp/fio 2>&1 && grep -q 'err= 0' /tmp/fio && exit 0
        cat /tmp/fio
        exit 1

        """);
}
