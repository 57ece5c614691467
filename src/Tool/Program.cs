using System.CommandLine;
using System.Runtime.InteropServices;
using Tierce.Tool;
using Tierce.Tool.Commands;
using Tierce.Tool.Host;

// However the tool is stopped, the machine it started stops too and the terminal is put back: both hang on the process's orderly exit.
void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    if (context.Signal == PosixSignal.SIGINT && Interrupts.Ignored)
    {
        return;
    }

    Environment.Exit(ExitCodes.Interrupted);
}

using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

RootCommand root = CommandTree.Create();
ParseResult parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    Console.Error.WriteLine($"tierce: {string.Join("; ", parsed.Errors.Select(error => error.Message))}");
    Console.Error.WriteLine("tierce: './tierce --help' and './tierce run --help' tell what there is");
    return ExitCodes.ToolFailure;
}

try
{
    return parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (ToolException e)
{
    Console.Error.WriteLine($"tierce: {e.Message}");
    return ExitCodes.ToolFailure;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"tierce: {e.Message}");
    return ExitCodes.ToolFailure;
}
