using System.Buffers.Binary;
using System.Globalization;
using Tierce.Tool.Control;

namespace Tierce.Boot.Tests;

/// <summary>A run whose guest writes records to its disk (<c>tests/RecordKeeper</c>) and reports each when it is stable.</summary>
internal sealed class RecordRun : IDisposable
{
    private const int Slots = 64, RecordSize = 4096;

    /// <summary>More than the guest can write while a report goes through the console and the tool.</summary>
    private const int MostUnread = 32;

    private readonly DiskImage _disk = new(1);
    private readonly LiveRun _run;
    private readonly Task _reader;
    private readonly List<TimeSpan> _slow = [];
    private readonly ManualResetEventSlim _news = new();
    private string _other = string.Empty;
    private int _last;

    /// <summary>Boots the guest.</summary>
    public RecordRun(string name)
    {
        string program = Path.Combine(Launcher.Root, "artifacts", "images", "record-keeper");
        _run = new LiveRun(name, "--disk", _disk.Path, "--file", program + ":/record-keeper", "--exec", $"exec /record-keeper /dev/xvda {Slots}");
        _reader = Task.Run(Read);
    }

    /// <summary>Folder of the run's logs.</summary>
    public string Logs => _run.Logs;

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
            bool isNews = _news.Wait(LiveRun.Limit);
            Assert.True(Last >= number || (isNews && !_reader.IsCompleted), $"no record {number} after {Last}: {_other}{(_reader.IsCompleted ? _run.Error : string.Empty)}; logs in {Logs}");
        }
    }

    /// <summary>The control line of the run's machine.</summary>
    public ControlLine Control() => _run.Control();

    /// <summary>Ends the guest's program, and expects that nothing failed.</summary>
    public void End()
    {
        _run.CloseInput();
        _run.ExpectEnd();
        _reader.Wait();
        Assert.True(_other.Length == 0, $"{_other}; logs in {Logs}");
    }

    /// <summary>Kills the machine.</summary>
    public void Kill()
    {
        _run.Kill();
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
        _run.Dispose();
        _disk.Dispose();
        _news.Dispose();
    }

    private void Read()
    {
        while (_run.ReadLine() is { } line)
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
