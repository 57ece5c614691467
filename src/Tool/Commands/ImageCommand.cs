using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Building;
using Tierce.Tool.Group;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>image</c>: writes a disk image for machines outside QEMU.</summary>
internal static class ImageCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        GuestOptions options = new();
        GroupOptions several = new();
        Option<string> output = new("--output", "-o") { HelpName = "FILE", Description = "The image to write", Required = true };
        Command command = new("image", "Write a disk image that boots by BIOS and by UEFI, from a USB stick or a CD; it uses the first serial port") { output };
        options.AddTo(command);
        several.AddTo(command);
        command.SetAction(parsed =>
        {
            RunOptions run = options.Read(parsed) with { Standalone = true };
            return Execute(Repository.Find(), run, several.Read(parsed, run), OutputFile.Check("--output", parsed.GetValue(output)!)!);
        });
        return command;
    }

    private static int Execute(Repository tree, RunOptions options, GroupDescription? group, string output)
    {
        if (options.Carrier != Carrier.Tierce)
        {
            throw new ToolException("an image holds Tierce: --native and --xen are for 'run'");
        }

        if (options.Disks.Count != 0 || (group is not null && group.Guests.Any(guest => guest.Disks.Count != 0)))
        {
            throw new ToolException("--disk: an image boots without this tool, which alone adds disks to a machine");
        }

        if (options.ConsoleKind != ConsoleKind.Serial)
        {
            throw new ToolException("--console: an image uses the first serial port, since a machine need not have a virtio console");
        }

        Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForGuest, .. Requirements.ForImage]);
        Builder.BuildImages(tree);
        using RunFolder folder = new(options.LogFolder);
        MachineSettings machine = group is null
            ? GuestBoot.Prepare(tree, options, folder).Machine
            : GroupBoot.Prepare(tree, options, group, interactive: true, folder).Machine;
        using (Progress.Start("writing the image"))
        {
            DiskImage.Write(machine, folder.Boot, output);
        }

        // On a real machine the devices' addresses may begin anywhere below 4 GiB.
        string memory = machine.BelowMiB is { } below
            ? string.Create(CultureInfo.InvariantCulture, $"{machine.MemoryMiB - below} MiB or more above 4 GiB")
            : string.Create(CultureInfo.InvariantCulture, $"{machine.MemoryMiB} MiB or more in one range");
        Progress.Note($"{output}: for a machine with {memory}; docs/guide/hardware.md says what else, and how to write it to a USB stick");
        return ExitCodes.Success;
    }
}
