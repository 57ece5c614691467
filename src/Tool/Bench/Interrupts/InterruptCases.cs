using System.Text;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>The cases that <c>bench interrupts</c> measures, in the order of the table.</summary>
internal static class InterruptCases
{
    private const string Kernel = "generic";
    private const string Program = BenchProgram.Path;
    private const int OverheadMiB = 128;

    /// <summary>All cases.</summary>
    public static readonly InterruptCase[] All =
    [
        Timer("IA", "monitor in the kernel, return by a trap"),
        Timer("IB", "monitor at user level, return by a trap"),
        Timer("IIA", "monitor in the kernel, ENABLE and RET"),
        Timer("IIB", "monitor at user level, ENABLE and RET"),
        Timer("IIIA", "two contexts that are not shared"),
        Timer("IIIB", "two contexts, shared"),
        Byte("IIIC-native", "by the monitor", "monitor"),
        Byte("bound-native", "past the monitor", "bound"),
        Linux("IIIC", "Linux, a byte for its console, by the monitor", Carrier.Tierce, onByte: true, "interrupts=monitor"),
        Linux("bound", "Linux, a byte for its console, past the monitor", Carrier.Tierce, onByte: true, "interrupts=bound"),
        Raw(),
        Linux("timer", "Linux, its own timer", Carrier.Tierce, onByte: false),
        Linux("xen-console", "the same Linux under Xen 4.17, a byte for its console", Carrier.Xen, onByte: true),
        Linux("xen-timer", "the same Linux under Xen 4.17, its own timer", Carrier.Xen, onByte: false),
    ];

    /// <summary>Cases by name, in the order of <see cref="All"/>; all, if no name is given.</summary>
    /// <exception cref="ToolException">A name is unknown.</exception>
    public static InterruptCase[] Choose(IReadOnlyCollection<string> names) =>
        names.FirstOrDefault(name => !All.Any(known => known.Name == name)) is { } unknown
            ? throw new ToolException($"--only {unknown}: no such case; cases are {string.Join(", ", All.Select(known => known.Name))}")
            : [.. All.Where(known => names.Count == 0 || names.Contains(known.Name))];

    /// <summary>One of the ways that the shipped kernel does not have, with a native guest whose kernel spins.</summary>
    private static InterruptCase Timer(string name, string what) => Native(
        name, $"a timer's interrupt: {what}", (tree, folder) => CaseMachine.Prepare(tree, folder, $"{name} spin")) with
    {
        Kernel = CaseMachine.Kernel,
        Rom = "case-rom.elf",
        HasDriver = false,
    };

    /// <summary>The shipped way, with the same guest.</summary>
    private static InterruptCase Byte(string name, string what, string way) => Native(
        name, $"a byte for its console, {what}", (tree, folder) => CaseMachine.Console(tree, folder, way)) with
    {
        OnByte = true,
    };

    private static InterruptCase Native(string name, string what, Func<Repository, RunFolder, MachineSettings> prepare) => new()
    {
        Name = name,
        Guest = $"native guest, {what}",
        Ready = "case spins",
        Loop = (CaseMachine.Guest, "case_spin"),
        Handler = (CaseMachine.Guest, "native_event"),
        Rom = "rom-native.elf",
        IsBuiltApart = true,
        Prepare = prepare,
    };

    /// <summary>A Linux whose process 1 spins.</summary>
    private static InterruptCase Linux(string name, string what, Carrier carrier, bool onByte, params string[] manifestLines) => new()
    {
        Name = name,
        Guest = what,
        OnByte = onByte,
        Ready = "bench: spin",
        Loop = ("guest-bench", "bench_spin"),
        Kernel = carrier == Carrier.Tierce ? "kernel.elf" : null,
        Prepare = (tree, folder) => GuestBoot.Prepare(
            tree,
            new RunOptions
            {
                Command = string.Empty,
                Guest = Kernel,
                Carrier = carrier,
                CountInstructions = true,
                CommandLine = "quiet -- spin",
                FirstProgram = Program,
                Files = [$"{tree.Image("guest-bench")}:{Program}"],
                ManifestLines = manifestLines,
            },
            folder).Machine,
    };

    /// <summary>No guest at all: a raw application is the driver, another is what it interrupts.</summary>
    private static InterruptCase Raw() => new()
    {
        Name = "raw",
        Guest = "no guest, a raw application is the driver of the serial port",
        OnByte = true,
        HasGuest = false,
        Ready = "spin: spins",
        Loop = ("rawdriver", "raw_spin"),
        Prepare = (tree, folder) =>
        {
            string bundle = Path.Combine(folder.Boot, "bundle");
            using FileStream file = File.Create(bundle);
            BundleWriter.Write(file,
            [
                ("manifest", Encoding.UTF8.GetBytes(BootManifest.SerialDriver("raw", "rawdriver") + BootManifest.Application("spin", "rawdriver", string.Empty))),
                ("root", File.ReadAllBytes(tree.Image("root"))),
                ("rawdriver", File.ReadAllBytes(tree.Image("rawdriver"))),
            ]);
            return new MachineSettings
            {
                Kernel = tree.Image("kernel.elf"),
                Modules = bundle,
                CommandLine = GuestBoot.KernelOptions(new RunOptions()),
                MemoryMiB = OverheadMiB,
                LogFile = folder.TierceLog,
            };
        },
    };
}
