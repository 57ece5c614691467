using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Tool.Boot;

/// <summary>
/// Follows the kernel's trace ring while the machine runs, by reading its memory; the kernel takes no part in it. The output counts the
/// events that the ring lost because this was too slow.
/// </summary>
internal sealed class TraceReader : IDisposable
{
    /// <summary>Where the second part of a large machine's memory begins; in the file it follows the first.</summary>
    private const long FourGigabytes = 4L << 30;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(10);

    private readonly MachineSettings _machine;
    private readonly StreamWriter _output;
    private readonly Thread _thread;
    private readonly byte[] _entries = new byte[(int)TraceHeader.Entries * Unsafe.SizeOf<TraceEntry>()];
    private volatile bool _stop;
    private long _ring = -1;
    private ulong _next;
    private ulong _firstTsc;
    private IOException? _failure;

    private TraceReader(MachineSettings machine, string path)
    {
        _machine = machine;
        _output = new StreamWriter(path);
        _output.WriteLine("# microseconds, event; see docs/guide/debug.md");
        _thread = new Thread(Follow) { IsBackground = true, Name = "trace" };
        _thread.Start();
    }

    /// <summary>Begins to follow; null if no trace is wanted.</summary>
    public static TraceReader? Start(MachineSettings machine, string? path) =>
        path is null ? null : machine.MemoryFile is null ? throw new ToolException("--trace: only Tierce's kernel has events") : new TraceReader(machine, path);

    /// <summary>Writes what is left.</summary>
    public void Dispose()
    {
        _stop = true;
        _thread.Join();
        _output.Dispose();
        if (_failure is not null)
        {
            ExceptionDispatchInfo.Throw(_failure);
        }
    }

    private void Follow()
    {
        try
        {
            while (!_stop)
            {
                Drain();
                Thread.Sleep(s_pause);
            }

            Drain();
        }
        catch (IOException e)
        {
            _failure = e;
        }
    }

    private void Drain()
    {
        if (_ring < 0 && !FindRing())
        {
            return;
        }

        using FileStream memory = new(_machine.MemoryFile!, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        TraceHeader header = ReadHeader(memory);
        if (header.Count == _next)
        {
            return;
        }

        memory.Position = _ring + TraceHeader.Size;
        memory.ReadExactly(_entries);

        // Entries that were overwritten during the read are lost too: the count is read again, and the entry that is being written is left
        // out.
        ulong end = header.Count;
        ulong written = ReadHeader(memory).Count + 1;
        ulong oldest = written > TraceHeader.Entries ? written - TraceHeader.Entries : 0;
        if (_next < oldest)
        {
            ulong lost = Math.Min(oldest, end) - _next;
            _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"# {lost} events lost"));
            _next += lost;
        }

        ReadOnlySpan<TraceEntry> entries = MemoryMarshal.Cast<byte, TraceEntry>(_entries);
        for (; _next < end; _next++)
        {
            TraceEntry entry = entries[(int)(_next % TraceHeader.Entries)];
            _firstTsc = _firstTsc == 0 ? entry.Tsc : _firstTsc;
            _output.WriteLine(TraceDecoder.Line(entry, (entry.Tsc - _firstTsc) * 1e6 / header.TscHertz));
        }
    }

    private TraceHeader ReadHeader(FileStream memory)
    {
        byte[] bytes = new byte[Unsafe.SizeOf<TraceHeader>()];
        memory.Position = _ring;
        memory.ReadExactly(bytes);
        return TraceDecoder.Header(bytes);
    }

    private bool FindRing()
    {
        if (TierceLog.Read(_machine.LogFile).TraceRing is not { } address)
        {
            return false;
        }

        _ring = (long)address >= FourGigabytes ? (long)address - FourGigabytes + ((long)(_machine.BelowMiB ?? MachineMemory.MostLowMiB) << 20) : (long)address;
        return true;
    }
}
