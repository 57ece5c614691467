using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using Tierce.Tool.Control;

namespace Tierce.Boot.Tests;

/// <summary>A run whose guest writes records to its disk (<c>tests/RecordKeeper</c>) and reports each when it is stable.</summary>
internal sealed class RecordRun : IDisposable
{
    private const int Slots = 64, RecordSize = 4096;

    /// <summary>More than the guest can write while a report goes through the console and the tool.</summary>
    private const int MostUnread = 32;

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(Soak.Amount(4, 60));

    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly Task _reader;
    private readonly DiskImage _disk = new(1);
    private readonly List<TimeSpan> _slow = [];
    private readonly ManualResetEventSlim _news = new();
    private string _other = string.Empty;
    private int _last;

    /// <summary>Boots the guest, with further options of <c>./tierce run</c>.</summary>
    public RecordRun(string name, params string[] options)
    {
        Logs = Path.Combine(Launcher.Root, "artifacts", "logs", name);
        string program = Path.Combine(Launcher.Root, "artifacts", "images", "record-keeper");
        ProcessStartInfo start = new(
            Path.Combine(Launcher.Root, "tierce"),
            ["run", "--logs", Logs, "--timeout", $"{s_limit.TotalSeconds}", "--disk", _disk.Path, "--file", program + ":/record-keeper", .. options, "--exec", $"exec /record-keeper /dev/xvda {Slots}"])
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
        _reader = Task.Run(Read);
    }

    /// <summary>Folder of the run's logs.</summary>
    public string Logs { get; }

    /// <summary>Number of the last record that the guest has reported.</summary>
    public int Last => Volatile.Read(ref _last);

    /// <summary>Times of the records that took a millisecond or more, by the guest's clock, the longest first.</summary>
    public TimeSpan[] Slow => [.. _slow.OrderDescending()];

    /// <summary>Waits until the guest has reported a record.</summary>
    public void WaitFor(int number)
    {
        while (Last < number)
        {
            _news.Reset();
            Assert.True(Last >= number || (_news.Wait(s_limit) && !_reader.IsCompleted), $"no record {number} after {Last}: {_other}{(_reader.IsCompleted ? _error.Result : string.Empty)}; logs in {Logs}");
        }
    }

    /// <summary>The control line of the run's machine.</summary>
    public ControlLine Control() => ControlLine.Open(_process.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends the guest's program, and expects that nothing failed.</summary>
    public void End()
    {
        _process.StandardInput.Close();
        Assert.True(_process.WaitForExit(s_limit), $"the run goes on; logs in {Logs}");
        _reader.Wait();
        Assert.True(_process.ExitCode == 0 && _other.Length == 0, $"status {_process.ExitCode}: {_other}{_error.Result}; logs in {Logs}");
    }

    /// <summary>Kills the tool and the machine, as a host does that fails.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _reader.Wait();
    }

    /// <summary>Checks that the disk holds the last records that were read here as reported, each whole. Later ones may have taken the places of older ones.</summary>
    public void ExpectRecords()
    {
        byte[] disk = _disk.Read();
        for (int number = Math.Max(1, Last - Slots + MostUnread); number <= Last; number++)
        {
            ReadOnlySpan<byte> record = disk.AsSpan(number % Slots * RecordSize, RecordSize);
            for (int word = 0; word < RecordSize / sizeof(long); word++)
            {
                long expected = ((long)number << 16) + word;
                long there = BinaryPrimitives.ReadInt64LittleEndian(record[(word * sizeof(long))..]);
                Assert.True(expected == there, $"record {number} of {Last}, word {word}: {there:x}");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _disk.Dispose();
        _news.Dispose();
    }

    private void Read()
    {
        while (_process.StandardOutput.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            if (!int.TryParse(words[0], CultureInfo.InvariantCulture, out int number) || number != _last + 1)
            {
                _other += line + "\n";
                continue;
            }

            if (words.Length == 2)
            {
                _slow.Add(TimeSpan.FromMicroseconds(long.Parse(words[1], CultureInfo.InvariantCulture)));
            }

            Volatile.Write(ref _last, number);
            _news.Set();
        }

        _news.Set();
    }
}
