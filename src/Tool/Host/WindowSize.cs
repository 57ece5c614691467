using System.Runtime.InteropServices;

namespace Tierce.Tool.Host;

/// <summary>Tells of the user's window, each time that its size changes, until disposed.</summary>
internal sealed class WindowSize : IDisposable
{
    private readonly PosixSignalRegistration _changes;

    private WindowSize(PosixSignalRegistration changes) => _changes = changes;

    /// <summary>Tells rows and columns at once and from now on; null, and no size is sent, where standard input is no terminal.</summary>
    public static WindowSize? Follow(Action<int, int> tell)
    {
        if (Console.IsInputRedirected || OperatingSystem.IsWindows())
        {
            return null;
        }

        WindowSize size = new(PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => Tell(tell)));
        Tell(tell);
        return size;
    }

    /// <inheritdoc/>
    public void Dispose() => _changes.Dispose();

    private static void Tell(Action<int, int> tell)
    {
        (int rows, int columns) = RawTerminal.Size();
        tell(rows, columns);
    }
}
