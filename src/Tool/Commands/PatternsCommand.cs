using System.CommandLine;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Commands;

/// <summary><c>patterns</c>: what of a Linux kernel's own code the monitor recognises.</summary>
internal static class PatternsCommand
{
    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        Argument<string> kernel = new("KERNEL") { Description = "As for run --guest: cloud, generic, a Debian package such as linux-image-6.12-amd64, or the path of a vmlinuz or an ELF kernel" };
        Command command = new("patterns", "List the functions of a Linux kernel that can call the hypervisor's code directly: whether each is recognised, and why not") { kernel };
        command.SetAction(parsed =>
        {
            Requirements.Ensure(Requirements.ForRun);
            GuestKernel guest = KernelSource.Resolve(parsed.GetValue(kernel)!);
            LinuxCode code = new(guest.Name, KernelCache.Unpacked(guest).File);
            Console.Write(code.Report());
            return code.IsWhole ? ExitCodes.Success : ExitCodes.NotRecognised;
        });
        return command;
    }
}
