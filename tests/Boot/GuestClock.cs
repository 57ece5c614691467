using System.Diagnostics;
using System.Globalization;

namespace Tierce.Boot.Tests;

/// <summary>A guest that is asked for its date again and again, with the host's own before and after each answer.</summary>
internal sealed class GuestClock : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _error;

    /// <summary>Boots a guest; logs go to artifacts/logs/NAME.</summary>
    /// <param name="name">Names the run.</param>
    /// <param name="program">Path of <c>Programs/date.c</c>, compiled.</param>
    public GuestClock(string name, string program)
    {
        Logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        File.Delete(Path.Combine(Directory.CreateDirectory(Logs).FullName, "tierce.log"));
        const string Script = "dmesg | grep -m 1 'tsc: Detected'; exec /tierce/date";
        ProcessStartInfo start = new(Path.Combine(Launcher.Root, "tierce"), ["run", "--logs", Logs, "--timeout", "1800", "--file", program, "--exec", Script])
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

    /// <summary>Folder with the run's logs.</summary>
    public string Logs { get; }

    /// <summary>Whether the run has not ended.</summary>
    public bool IsRunning => !_process.HasExited;

    /// <summary>The next line from the guest; fails with what was said on the standard error if there is none.</summary>
    public string ReadLine() => _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the guest ended: " + _error.Result);

    /// <summary>Seconds by which the guest's date is at least, and at most, ahead of the host's: the narrowest of several questions.</summary>
    public (double Least, double Most) Ahead(int questions)
    {
        (double Least, double Most) best = (double.MinValue, double.MaxValue);
        for (int i = 0; i < questions; i++)
        {
            double before = HostDate;
            _process.StandardInput.Write("\n");
            _process.StandardInput.Flush();
            string answer = ReadLine();
            double after = HostDate;
            double guest = double.Parse(answer, CultureInfo.InvariantCulture);
            if (after - before < best.Most - best.Least)
            {
                best = (guest - after, guest - before);
            }
        }

        return best;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private static double HostDate => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
}
