using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Io;

/// <summary>One run of fio.</summary>
/// <param name="Row">Its row.</param>
/// <param name="Operations">Its operations.</param>
internal sealed record IoStep(IoRow Row, int Operations)
{
    /// <summary>Name of its script.</summary>
    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Row.Name}-{Operations}");
}

/// <summary>What a boot measures.</summary>
internal enum IoMeasure
{
    /// <summary>Executed instructions.</summary>
    Instructions,

    /// <summary>Events that Tierce's kernel counts. The machine's clock counts instructions, so that timers take the same part of them.</summary>
    Events,

    /// <summary>Ticks of the host's clock.</summary>
    WallTime,
}

/// <summary>Results of one boot of a guest with a disk.</summary>
/// <param name="Ticks">Ticks of the guest's time-stamp counter, by step; the least of several rounds.</param>
/// <param name="Instructions">Executed instructions by step, the least of several rounds; empty if they were not counted.</param>
/// <param name="Log">Tierce's log; empty on the other sides.</param>
internal sealed record IoBoot(IReadOnlyDictionary<IoStep, double> Ticks, IReadOnlyDictionary<IoStep, double> Instructions, TierceLog Log)
{
    private const string Folder = "/tierce/io";

    /// <summary>Runs whose figures do not count: the set-up, and the first step.</summary>
    private const int FirstRuns = 2;

    /// <summary>Boots one side and does the steps, a number of rounds.</summary>
    /// <param name="tree">The source tree, built.</param>
    /// <param name="guest">Kernel.</param>
    /// <param name="side">What carries it.</param>
    /// <param name="steps">Steps. The first is done once before them, so that each finds fio in memory.</param>
    /// <param name="way">What is measured.</param>
    /// <param name="rounds">Rounds.</param>
    public static IoBoot Run(Repository tree, string guest, Carrier side, IReadOnlyList<IoStep> steps, IoMeasure way, int rounds)
    {
        using RunFolder folder = new(null);
        string image = Path.Combine(folder.Boot, "disk.img");
        using (FileStream file = File.Create(image))
        {
            file.SetLength(IoRow.DiskMiB << 20);
        }

        GuestDisk disk = new(image, ReadOnly: false, IsScratch: true);
        string device = side == Carrier.Tierce ? "xvda" : "vda";
        string names = string.Join(' ', steps.Select(step => $"{Folder}/{step.Name}"));
        RunOptions options = new()
        {
            Command = string.Empty,
            Guest = guest,
            Carrier = side,
            CountInstructions = way != IoMeasure.WallTime,
            UnpackedKernel = true,
            CommandLine = string.Create(CultureInfo.InvariantCulture, $"quiet -- rounds=1 {Folder}/setup {Folder}/{steps[0].Name} rounds={rounds} {names}"),
            FirstProgram = BenchProgram.Path,
            Files = [$"{tree.Image("guest-bench")}:{BenchProgram.Path}", .. Fio.Files(), .. Scripts(folder.Boot, device, steps)],
            Disks = [disk],
            TimeLimit = BenchProgram.Limit,
        };
        GuestBoot boot = GuestBoot.Prepare(tree, options, folder);
        InstructionCounter? counter = way == IoMeasure.Instructions ? InstructionCounter.Make(tree, folder.Boot) : null;
        MachineSettings settings = boot.Machine with { Plugin = counter?.Option, WaitsForHost = way != IoMeasure.WallTime };
        string console = BenchProgram.Run(settings, boot.Session);
        double[]? ticks = Parse(console);
        if (ticks is null || ticks.Length != FirstRuns + (steps.Count * rounds))
        {
            throw BenchProgram.NotFinished(folder, side, console);
        }

        return new IoBoot(Least(steps, ticks, rounds), counter is null ? new Dictionary<IoStep, double>() : Least(steps, [.. counter.Read().Select(value => (double)value)], rounds), TierceLog.Read(folder.TierceLog));
    }

    /// <summary>Reads the lines of the guest's program, one for each script, and returns their figures; null if the last line is not there, or a script failed.</summary>
    public static double[]? Parse(string console)
    {
        string[][] lines = [.. BenchProgram.Lines(console)];
        double[] ticks = [.. lines.Where(parts => parts[0].StartsWith('/')).SelectMany(parts => parts.Skip(2)).Select(part => double.Parse(part, CultureInfo.InvariantCulture))];
        return lines.Any(parts => parts[0] == "end") && !ticks.Contains(0) ? ticks : null;
    }

    /// <summary>The least value of each step, after those of the first runs.</summary>
    private static Dictionary<IoStep, double> Least(IReadOnlyList<IoStep> steps, double[] values, int rounds) =>
        values.Skip(FirstRuns).Chunk(rounds).Zip(steps).ToDictionary(step => step.Second, step => step.First.Min());

    private static IEnumerable<string> Scripts(string folder, string disk, IReadOnlyList<IoStep> steps)
    {
        yield return Write(folder, "setup", $"""
            mount -t proc proc /proc
            mount -t sysfs sysfs /sys
            mount -t devtmpfs dev /dev
            for module in /tierce/modules/*; do insmod $module; done
            waited=0
            while [ ! -b /dev/{disk} ] && [ $waited -lt 500 ]; do
                usleep 10000
                waited=$((waited + 1))
            done
            [ -b /dev/{disk} ]

            """);
        foreach (IoStep step in steps)
        {
            yield return Write(folder, step.Name, step.Row.Script(disk, step.Operations));
        }
    }

    private static string Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, text);
        return $"{path}:{Folder}/{name}";
    }
}
