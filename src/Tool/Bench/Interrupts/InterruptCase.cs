using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>
/// A path of an interrupt, and how to observe it: a machine in which a program spins, an interrupt that arrives meanwhile, and how to
/// recognise the code on its path.
/// </summary>
internal sealed record InterruptCase
{
    /// <summary>Name in the table.</summary>
    public required string Name { get; init; }

    /// <summary>The guest that takes the interrupt, and the interrupt's source.</summary>
    public required string Guest { get; init; }

    /// <summary>Makes the machine.</summary>
    public required Func<Repository, RunFolder, MachineSettings> Prepare { get; init; }

    /// <summary>Text on the serial line, or in Tierce's log, that says that the spinning is about to begin.</summary>
    public required string Ready { get; init; }

    /// <summary>Image and symbol of the loop that is to be interrupted; its text is no longer than <see cref="LoopSize"/>.</summary>
    public required (string Image, string Symbol) Loop { get; init; }

    /// <summary>The interrupt is the serial port's, for a byte that comes; false: whichever reaches the guest, its timer's.</summary>
    public bool OnByte { get; init; }

    /// <summary>Image of the kernel, whose counters are read; null where there is none whose symbols are known.</summary>
    public string? Kernel { get; init; } = "kernel.elf";

    /// <summary>Image of the ROM with its symbols.</summary>
    public string Rom { get; init; } = "rom.elf";

    /// <summary>Whether the interrupt reaches a guest; without one it ends at the driver.</summary>
    public bool HasGuest { get; init; } = true;

    /// <summary>Folder with images to use instead of those built; null for none.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Whether a driver's top half stands before the guest; without one, the first program that runs is the guest's monitor.</summary>
    public bool HasDriver { get; init; } = true;

    /// <summary>Some of its images are not shipped: tests/Cases.</summary>
    public bool IsBuiltApart { get; init; }

    /// <summary>Image and symbol of the guest's handler; null: any instruction in the kernel half outside the hypervisor's hole.</summary>
    public (string Image, string Symbol)? Handler { get; init; }

    /// <summary>Most bytes of a loop's text.</summary>
    public const ulong LoopSize = 16;

    /// <summary>Path of one of the case's images.</summary>
    public string Image(Repository tree, string name) =>
        ImageFolder is { } folder && File.Exists(Path.Combine(folder, name)) ? Path.Combine(folder, name) : tree.Image(name);
}
