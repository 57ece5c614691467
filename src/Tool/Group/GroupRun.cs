using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Building;
using Tierce.Tool.Detach;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;

namespace Tierce.Tool.Group;

/// <summary><c>run</c> with several guests or with applications.</summary>
internal static class GroupRun
{
    /// <summary>Builds if needed, boots, and returns the tool's exit status.</summary>
    public static int Execute(Repository tree, RunOptions options, GroupDescription group)
    {
        Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
        Builder.BuildImages(tree);
        bool interactive = !Console.IsInputRedirected && group.Guests.Count > 0 && group.Guests.All(guest => guest.Command is null);
        if (interactive && DetachedRun.IsPossible)
        {
            return DetachedRun.Start();
        }

        DetachedRun.Inside?.Begin(string.Join(", ", group.Guests.Select(guest => guest.Name)));
        int status = Boot(tree, options, group, interactive);
        DetachedRun.Inside?.End(status);
        return status;
    }

    private static int Boot(Repository tree, RunOptions options, GroupDescription group, bool interactive)
    {
        using RunFolder folder = new(options.LogFolder);
        GroupBoot boot = GroupBoot.Prepare(tree, options, group, interactive, folder);
        foreach (GuestKernel kernel in boot.Guests.Select(guest => guest.Kernel).DistinctBy(kernel => kernel.Sha256))
        {
            Progress.Note($"guest kernel {kernel.Name}, sha256 {kernel.Sha256}");
        }

        GroupSession session;
        SessionEnd end;
        using (Machine machine = Machine.Start(boot.Machine))
        using (TraceReader.Start(boot.Machine, options.TraceFile))
        {
            session = new GroupSession(machine, boot, group, interactive, options.Verbose);
            end = session.Run(options.TimeLimit);
            if (machine.Ended && machine.Messages is { Length: > 0 } messages)
            {
                Console.Error.WriteLine($"tierce: QEMU says: {messages}");
            }
        }

        foreach (GroupGuest guest in session.Guests)
        {
            folder.Save($"{guest.Description.Name}-console.log", guest.Console);
            folder.Save($"{guest.Description.Name}.log", guest.Log.Length > 0 ? guest.Log : guest.Console);
            foreach (string complaint in GuestLog.Complaints(guest.Log))
            {
                folder.Keep = true;
                Console.Error.WriteLine($"tierce: the kernel of guest {guest.Description.Name} complained: {complaint}");
            }
        }

        return Conclude(options, folder, session, end);
    }

    private static int Conclude(RunOptions options, RunFolder folder, GroupSession session, SessionEnd end)
    {
        if (session.KernelPanic is { } panic)
        {
            Console.Error.WriteLine(TierceLog.Read(folder.TierceLog).Tail(40));
            return Fail(folder, ExitCodes.ToolFailure, $"Tierce's kernel panicked: {panic}");
        }

        if (end == SessionEnd.Escaped)
        {
            return ExitCodes.Interrupted;
        }

        if (end == SessionEnd.TimeLimit)
        {
            return Fail(folder, ExitCodes.TimeLimit, string.Create(CultureInfo.InvariantCulture, $"time limit of {options.TimeLimit!.Value.TotalSeconds} s passed"));
        }

        int status = ExitCodes.Success;
        foreach (GroupGuest guest in session.Answering)
        {
            bool left = guest.Status is null && guest.End is "poweroff" or "reboot" && guest.Description.Command is null;
            if (guest.Status is null && !left)
            {
                string reason = GuestLog.PanicReason(guest.Console) is { } words ? $" ({words})" : string.Empty;
                return Fail(folder, ExitCodes.ToolFailure, $"guest {guest.Description.Name} ended without a status: {guest.End ?? "the machine stopped"}{reason}");
            }

            status = status == ExitCodes.Success ? guest.Status ?? ExitCodes.Success : status;
        }

        foreach ((string name, int code) in session.Codes.Where(entry => entry.Value != 0))
        {
            if (code < 0)
            {
                return Fail(folder, ExitCodes.ToolFailure, $"application {name} died:\n{TierceLog.Read(folder.TierceLog).Tail(20)}");
            }

            status = status == ExitCodes.Success ? code & 0xff : status;
        }

        return status;
    }

    private static int Fail(RunFolder folder, int status, string message)
    {
        folder.Keep = true;
        Console.Error.WriteLine($"tierce: {message}");
        Console.Error.WriteLine($"tierce: logs are in {folder.Path}");
        return status;
    }
}
