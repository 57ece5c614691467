using System.CommandLine;
using Tierce.ImageTool;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>build</c>: builds every project, with warnings as errors.</summary>
internal static class BuildCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Command command = new("build", "Build every project, with warnings as errors and analyzers on, and print the images' sizes; what has not changed is not built");
        command.SetAction(_ =>
        {
            Repository tree = Repository.Find();
            Builder.BuildAll(tree);
            foreach (string file in Directory.EnumerateFiles(tree.Images, "*.size").Order(StringComparer.Ordinal))
            {
                Console.Write(File.ReadAllText(file));
            }

            Console.WriteLine($"assembly of kernel and ROM: {LineCount.OfKernelAndRom(tree.Root)} lines");
            Console.WriteLine($"register names in the kernel outside Arch: {RegisterNames.Count(Path.Combine(tree.Root, "src", "Kernel")).Values.Sum()}");
            Progress.Note($"images are in {tree.Images}");
            return ExitCodes.Success;
        });
        return command;
    }
}
