using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>A raw application's interface: its rights, a line in the log, time, and its end.</summary>
public unsafe ref struct Application
{
    private readonly Startup _startup;

    /// <summary>Opens the application's rights. An application has to do this first.</summary>
    public Application(StartupPage* page)
    {
        _startup = new Startup(page);
        Failure.Initialise(_startup.Slot(StartupPurpose.Log), _startup.Name);
    }

    /// <summary>The startup page.</summary>
    public readonly Startup Startup => _startup;

    /// <summary>Its arguments: the text after its name in <c>./tierce run --app 'NAME ARGUMENTS'</c>.</summary>
    public readonly Arguments Arguments => new(_startup.CommandLine);

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public readonly ulong TscHertz => _startup.TscHertz;

    /// <summary>Begins a line in the log, after the application's name. <see cref="Log.EndLine"/> sends it.</summary>
    public readonly Log Line()
    {
        var log = new Log(_startup.Slot(StartupPurpose.Log));
        log.Text(_startup.Name);
        log.Text(": "u8);
        return log;
    }

    /// <summary>Waits until the time-stamp counter has reached a value.</summary>
    public readonly void SleepUntil(ulong tsc)
    {
        var events = new Notification(_startup.Slot(StartupPurpose.Events));
        while (Machine.Tsc() < tsc)
        {
            events.Wait(tsc);
        }
    }

    /// <summary>Reports to root that the application is done. The program then has to return from its first function.</summary>
    /// <param name="code">0 for success; the run's exit status follows it.</param>
    /// <returns><paramref name="code"/>, for the program to return.</returns>
    public readonly ulong End(ulong code)
    {
        Message message = default;
        message.Word0 = code;
        new Endpoint(_startup.Slot(StartupPurpose.Supervisor)).Call(ref message);
        return code;
    }
}
