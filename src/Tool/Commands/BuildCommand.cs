using System.CommandLine;
using Tierce.Tool.Building;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>build</c>: builds every project, with warnings as errors.</summary>
internal static class BuildCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Command command = new("build", "Build every project, with warnings as errors and analyzers on; nothing happens when no source has changed");
        command.SetAction(_ =>
        {
            Repository tree = Repository.Find();
            Builder.BuildAll(tree);
            Progress.Note($"images are in {tree.Images}");
            return ExitCodes.Success;
        });
        return command;
    }
}
