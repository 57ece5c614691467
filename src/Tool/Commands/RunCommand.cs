using System.CommandLine;
using System.Globalization;
using Tierce.Tool.Boot;
using Tierce.Tool.Building;
using Tierce.Tool.Group;
using Tierce.Tool.Guest;
using Tierce.Tool.Host;
using Tierce.Tool.Systems;

namespace Tierce.Tool.Commands;

/// <summary><c>run</c>: boots a guest to a shell, or to one command.</summary>
internal static class RunCommand
{
    /// <summary>A boot that takes longer has hung; counting instructions makes everything slower.</summary>
    private static readonly TimeSpan s_bootLimit = TimeSpan.FromMinutes(5);

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        GuestOptions options = new();
        GroupOptions several = new();
        Option<string> trace = new("--trace") { HelpName = "FILE", Description = "Write the kernel's events there, decoded: context switches, calls, faults, events, interrupts" };
        Option<bool> quiet = new("--quiet", "-q") { Description = "No progress on standard error; only errors" };
        Argument<string?> system = new("SYSTEM") { Arity = ArgumentArity.ZeroOrOne, Description = "debian: a Debian that is installed onto a disk once and keeps its state; without it, a guest that lives in memory" };
        Option<string> size = new("--disk-size") { HelpName = "SIZE", Description = "Size of the system's disk, such as 8G: when it is installed, or to grow it" };
        Command command = new("run", "Boot a guest, an unmodified Linux kernel, to a shell on its Xen console, or to one command") { system, quiet, trace, size };
        options.AddTo(command);
        several.AddTo(command);
        command.SetAction(parsed =>
        {
            Progress.Quiet = parsed.GetValue(quiet);
            RunOptions run = options.Read(parsed) with { TraceFile = OutputFile.Check("--trace", parsed.GetValue(trace)) };
            GroupDescription? group = several.Read(parsed, run);
            if (group is not null && parsed.GetValue(system) is not null)
            {
                throw new ToolException("a system runs alone: not with --guests, --guests-file or --app");
            }

            run = ReadSystem(parsed.GetValue(system), parsed.GetValue(size), run);
            run = options.ReadConsole(parsed) is null && group is null ? run with { ConsoleKind = UsualConsole(run) } : run;
            return group is null ? Execute(Repository.Find(), run) : GroupRun.Execute(Repository.Find(), run, group);
        });
        return command;
    }

    /// <summary>
    /// A command's and a script's streams go faster over a virtio console. With instructions counted, the machine's clock runs on while the
    /// host takes the bytes, so that runs would not repeat.
    /// </summary>
    private static ConsoleKind UsualConsole(RunOptions run) =>
        run.Mode is SessionMode.Command or SessionMode.Script && run.Carrier == Carrier.Tierce && !run.CountInstructions ? ConsoleKind.Virtio : ConsoleKind.Serial;

    private static RunOptions ReadSystem(string? system, string? size, RunOptions run)
    {
        if (system is null)
        {
            return size is null ? run : throw new ToolException("--disk-size: only a system has a disk of its own, such as 'run debian'");
        }

        if (system != DebianSystem.Name)
        {
            throw new ToolException($"run: there is no system '{system}'; say '{DebianSystem.Name}', or --guest for another kernel");
        }

        int mebibytes = 0;
        return size is null || GuestMemory.TryParse(size, out mebibytes)
            ? DebianSystem.Prepare(run, size is null ? null : mebibytes)
            : throw new ToolException($"--disk-size {size}: say a size such as 8G, at most 64G");
    }

    /// <summary>Builds if needed, boots, and returns the tool's exit status.</summary>
    public static int Execute(Repository tree, RunOptions options)
    {
        Requirements.Ensure([.. Requirements.ForBuild, .. Requirements.ForRun]);
        Builder.BuildImages(tree);
        using RunFolder folder = new(options.LogFolder);
        GuestBoot boot = GuestBoot.Prepare(tree, options, folder);
        Progress.Note($"guest kernel {boot.Kernel.Name}, sha256 {boot.Kernel.Sha256}");
        SessionResult result;
        using (Machine machine = Machine.Start(boot.Machine))
        using (TraceReader.Start(boot.Machine, options.TraceFile))
        {
            result = Session.Run(machine, boot.Machine, boot.Session, options.TimeLimit, s_bootLimit, options.Verbose);
            if (machine.Ended && result.Status is null && machine.Messages is { Length: > 0 } messages)
            {
                Console.Error.WriteLine($"tierce: QEMU says: {messages}");
            }
        }

        folder.Save("console.log", result.Console);
        folder.Save("guest.log", result.GuestLog ?? result.Console);
        return Conclude(options, boot, folder, result);
    }

    private static int Conclude(RunOptions options, GuestBoot boot, RunFolder folder, SessionResult result)
    {
        TierceLog log = TierceLog.Read(folder.TierceLog);
        if (result.ReadyAfter is null && EntryReport.Line(TierceLog.Text(folder.TierceLog), BootManifest.OnlyGuest) is { } way)
        {
            // A guest whose first program is not the tool's never announced itself.
            Progress.Note(way);
        }

        foreach (string complaint in GuestLog.Complaints(result.GuestLog ?? string.Empty))
        {
            folder.Keep = true;
            Console.Error.WriteLine($"tierce: the guest kernel complained: {complaint}");
        }

        switch (result.End)
        {
            case SessionEnd.Escaped:
                return ExitCodes.Interrupted;
            case SessionEnd.TimeLimit:
                return Fail(folder, ExitCodes.TimeLimit, string.Create(CultureInfo.InvariantCulture, $"time limit of {options.TimeLimit!.Value.TotalSeconds} s passed"), null);
            case SessionEnd.NotReady:
                return Fail(folder, ExitCodes.ToolFailure, $"the guest did not reach its first process in {s_bootLimit.TotalSeconds:0} s", Tail(result, log));
        }

        if (result.Status is { } status)
        {
            return status;
        }

        if (log.KernelPanic is { } panic)
        {
            return Fail(folder, ExitCodes.ToolFailure, $"Tierce's kernel panicked: {panic}", log.Tail(40));
        }

        if (GuestLog.PanicReason(result.Console) is { } reason)
        {
            return Fail(folder, ExitCodes.ToolFailure, $"the guest kernel panicked: {reason}{(log.GuestEnd is { } end ? $" (guest ended: {end})" : string.Empty)}", null);
        }

        // A user who typed poweroff at a shell wanted this end.
        bool wanted = log.GuestEnd is "poweroff" or "reboot" || (log.GuestEnd is null && options.Carrier != Carrier.Tierce);
        if (wanted && boot.Session.Mode is SessionMode.Shell or SessionMode.Plain && result.ReadyAfter is not null | boot.Session.Mode == SessionMode.Plain)
        {
            return ExitCodes.Success;
        }

        return Fail(folder, ExitCodes.ToolFailure, $"the guest ended without a status: {log.GuestEnd ?? "the machine stopped"}", Tail(result, log));
    }

    private static string Tail(SessionResult result, TierceLog log) =>
        $"--- end of the guest's console\n{string.Join('\n', result.Console.TrimEnd().Split('\n').TakeLast(20))}\n--- end of Tierce's log\n{log.Tail(20)}";

    private static int Fail(RunFolder folder, int status, string message, string? details)
    {
        folder.Keep = true;
        if (details is not null)
        {
            Console.Error.WriteLine(details);
        }

        Console.Error.WriteLine($"tierce: {message}");
        Console.Error.WriteLine($"tierce: logs are in {folder.Path}");
        return status;
    }
}
