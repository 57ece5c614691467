using System.Diagnostics;

namespace Tierce.Tool.Boot;

/// <summary>
/// Reads what a machine writes to its serial line. QEMU writes each byte by one system call. That call costs several times as much when it has
/// to wake a reader that sleeps in the pipe. So during bulk output this reader pauses after each read, and the pipe collects the bytes.
/// </summary>
internal sealed class SerialOutput(Stream line)
{
    /// <summary>Bytes of one read, which the pipe may have collected.</summary>
    private const int Size = 65536;

    /// <summary>Bytes in a row, with no pause as long as <see cref="s_pause"/> between them: from there on it is much. A screen has as many.</summary>
    private const int Much = 2048;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan s_collecting = TimeSpan.FromMilliseconds(1);

    /// <summary>Hands on all bytes until the machine has ended.</summary>
    public void CopyTo(Action<ReadOnlySpan<byte>> take)
    {
        byte[] buffer = new byte[Size];
        int inRow = 0;
        long last = Stopwatch.GetTimestamp();
        int got;
        while ((got = line.Read(buffer)) > 0)
        {
            inRow = Stopwatch.GetElapsedTime(last) < s_pause ? Math.Min(inRow + got, Much) : got;
            take(buffer.AsSpan(0, got));
            last = Stopwatch.GetTimestamp();
            if (inRow >= Much)
            {
                Thread.Sleep(s_collecting);
            }
        }
    }
}
