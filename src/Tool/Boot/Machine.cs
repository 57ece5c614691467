using System.Diagnostics;
using Tierce.Tool.Host;

namespace Tierce.Tool.Boot;

/// <summary>A running QEMU: the machine's serial line is its standard input and output.</summary>
internal sealed class Machine : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly string[] _sockets;

    private Machine(Process process, params string?[] sockets)
    {
        _process = process;
        _sockets = [.. sockets.OfType<string>()];
        _error = process.StandardError.ReadToEndAsync();
        AppDomain.CurrentDomain.ProcessExit += OnExit;
    }

    /// <summary>What the machine writes to its serial line.</summary>
    public SerialOutput Output => new(_process.StandardOutput.BaseStream);

    /// <summary>What the machine reads from its serial line.</summary>
    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Whether the machine has stopped.</summary>
    public bool Ended => _process.HasExited;

    /// <summary>QEMU's own messages, once it has ended.</summary>
    public string Messages => _error.Wait(TimeSpan.FromSeconds(5)) ? _error.Result.Trim() : string.Empty;

    /// <summary>Status of QEMU, once it has ended: with isa-debug-exit, twice the guest's byte plus one.</summary>
    public int Status => _process.ExitCode;

    /// <summary>Starts the machine.</summary>
    public static Machine Start(MachineSettings settings)
    {
        const string Program = "qemu-system-x86_64";
        string path = Programs.Find(Program) ?? throw new ToolException(Requirements.MissingMessage(Program));
        if (settings.Overcommits)
        {
            Progress.Note($"the machine has {settings.MemoryMiB} MiB, this host {HostMemory.MiB} MiB with swap: it goes well as long as the guests leave the rest unused");
        }

        // Under gdb in a session of its own, which Ctrl-C in this terminal does not reach.
        Process process = settings.WaitsForDebugger
            ? BoundProcess.Start(Programs.Find("setsid") ?? throw new ToolException(Requirements.MissingMessage("setsid")), settings.Arguments().Prepend(path))
            : BoundProcess.Start(path, settings.Arguments());
        return new Machine(process, settings.DebuggerSocket, settings.ControlSocket);
    }

    /// <summary>Waits until the machine has stopped, or the time is over; returns whether it has stopped.</summary>
    public bool Wait(TimeSpan limit)
    {
        bool ended = _process.WaitForExit(limit);
        Interrupts.StayIfEnding();
        return ended;
    }

    /// <summary>Stops the machine if it still runs; what it has written can still be read.</summary>
    public void Stop()
    {
        Kill();
        _process.WaitForExit();
    }

    /// <summary>Stops the machine if it still runs.</summary>
    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        Stop();
        _process.Dispose();
    }

    private void OnExit(object? sender, EventArgs e) => Kill();

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has already ended.
        }

        // A killed QEMU leaves them.
        foreach (string socket in _sockets)
        {
            File.Delete(socket);
        }
    }
}
