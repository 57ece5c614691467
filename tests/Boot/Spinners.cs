using System.Diagnostics;

namespace Tierce.Boot.Tests;

/// <summary>Processes that want all the processor time there is, until they are disposed of.</summary>
internal sealed class Spinners : IDisposable
{
    private readonly List<Process> _processes = [];

    /// <summary>Starts them.</summary>
    public Spinners(int count)
    {
        for (int i = 0; i < count; i++)
        {
            _processes.Add(Process.Start("bash", ["-c", "while :; do :; done"]));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }

        _processes.Clear();
    }
}
