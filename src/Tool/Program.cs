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

    Interrupts.End();
}

StandardStream.UseForConsole();
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
using PosixSignalRegistration quit = PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop);

Failures.WatchOtherThreads();
return Failures.Guard(() =>
{
    // An argument that begins with '@' is one like any other, not the name of a file with arguments.
    ParseResult parsed = CommandTree.Create().Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
    return parsed.Errors.Count > 0
        ? throw new ToolException($"{ParseErrors.Words(parsed.Errors)}\ntierce: './tierce --help' and './tierce run --help' tell what there is")
        : parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
});
