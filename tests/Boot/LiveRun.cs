using System.Diagnostics;
using System.Globalization;
using Tierce.Tool.Control;

namespace Tierce.Boot.Tests;

/// <summary>A call of <c>./tierce run</c> whose output a test reads while the machine runs.</summary>
internal sealed class LiveRun : IDisposable
{
    /// <summary>Longer than any run that does not hang.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(Soak.Amount(4, 60));

    private readonly Process _process;
    private readonly Task<string> _error;

    /// <summary>Starts it; logs go to artifacts/logs/NAME.</summary>
    public LiveRun(string name, params string[] arguments)
    {
        Logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        ProcessStartInfo start = new(
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "--logs", Logs, "--timeout", Limit.TotalSeconds.ToString(CultureInfo.InvariantCulture), .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Launcher.Root,
        };
        start.Environment["TIERCE_NO_BUILD"] = "1";
        start.Environment[Launcher.GuestOptions] = Launcher.NoSelfTests;
        _process = Process.Start(start)!;
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>Folder of its logs.</summary>
    public string Logs { get; }

    /// <summary>Its standard error, when it has ended.</summary>
    public string Error => _error.Result;

    /// <summary>The next line of its output; null at the end.</summary>
    public string? ReadLine() => _process.StandardOutput.ReadLine();

    /// <summary>The control line of its machine.</summary>
    public ControlLine Control() => ControlLine.Open(_process.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends its standard input.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    /// <summary>Waits for its end, with success.</summary>
    public void ExpectEnd()
    {
        Assert.True(_process.WaitForExit(Limit), $"the run goes on; logs in {Logs}");
        Assert.True(_process.ExitCode == 0, $"status {_process.ExitCode}: {Error}; logs in {Logs}");
    }

    /// <summary>Kills the tool and the machine, as a host does that fails.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }
}
