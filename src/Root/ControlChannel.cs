using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// Root's end of the control line. A console driver carries its bytes and is not trusted: root takes at most a number of pieces at a time,
/// never waits for the driver, and answers only what there is room for. While there is no room, requests stay in the ring.
/// </summary>
public struct ControlChannel
{
    /// <summary>
    /// Most bytes, requests and lines of a list in a row. Then root serves others first, whatever the driver does meanwhile.
    /// </summary>
    private const int MostPieces = 256;

    private readonly Notification _driver, _own;
    private ByteRingReader _input;
    private ByteRingWriter _output;
    private LineRoom _line;

    /// <summary>Bytes of the line so far. One that is too long has one more than a request may have, and loses the others.</summary>
    private int _length;

    /// <summary>The line is a request for a list, of which the next line is that of this guest's disk.</summary>
    private bool _lists;
    private int _guest, _disk;

    [InlineArray(ControlRequest.MostBytes + 1)]
    private struct LineRoom
    {
        private byte _first;
    }

    /// <summary>A channel over its two rings.</summary>
    /// <param name="input">Requests.</param>
    /// <param name="output">Answers.</param>
    /// <param name="driver">Notification of the driver.</param>
    /// <param name="own">Notification by which the driver wakes root.</param>
    public ControlChannel(ByteRingReader input, ByteRingWriter output, Notification driver, Notification own)
    {
        this = default;
        _input = input;
        _output = output;
        _driver = driver;
        _own = own;
    }

    /// <summary>Whether there is a control line.</summary>
    public readonly bool IsOpen => _driver.Slot != 0;

    [UnscopedRef]
    private Span<byte> Line => System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref Unsafe.As<LineRoom, byte>(ref _line), ControlRequest.MostBytes + 1);

    /// <summary>Answers requests that have arrived.</summary>
    public void Pump(in DiskCommands disks)
    {
        int pieces = 0;
        while (pieces < MostPieces && HasRoom() && Step(disks))
        {
            pieces++;
        }

        if (pieces == MostPieces)
        {
            _own.Signal(ConsoleChannel.ClientBit);
        }

        if (pieces != 0)
        {
            _driver.Signal(_input.TakeWaiter() ? ConsoleChannel.DriverBit | (ConsoleChannel.DriverBit << 1) : ConsoleChannel.DriverBit);
        }
    }

    /// <summary>Whether an answer has room. If not, the driver signals when it has made some.</summary>
    private readonly bool HasRoom() => _output.Room >= ControlAnswer.MostBytes || !_output.WaitForRoom(ControlAnswer.MostBytes);

    /// <summary>Writes the next line of a list, or takes the next byte. Returns false if there is none.</summary>
    private bool Step(in DiskCommands disks)
    {
        if (_lists)
        {
            WriteListLine(disks);
            return true;
        }

        Span<byte> next = stackalloc byte[1];
        if (_input.Read(next) == 0)
        {
            return false;
        }

        if (next[0] == (byte)'\n')
        {
            Answer(disks);
        }
        else if (_length <= ControlRequest.MostBytes)
        {
            Line[_length++] = next[0];
        }

        return true;
    }

    /// <summary>The line is whole. An empty one is no request: it ends what an earlier sender may have left.</summary>
    private void Answer(in DiskCommands disks)
    {
        if (_length == 0)
        {
            return;
        }

        ReadOnlySpan<byte> line = Line.Slice(0, _length);
        ControlProblem problem = ControlRequest.Parse(line, out ControlRequest request);
        if (problem == ControlProblem.None && request.Verb == ControlVerb.List)
        {
            _lists = true;
            _guest = 0;
            _disk = 0;
            return;
        }

        problem = problem != ControlProblem.None ? problem : disks.Execute(line, request);
        if (problem == ControlProblem.None)
        {
            Report.Control(line.Slice(request.Tag.Start + request.Tag.Length));
        }

        Span<byte> room = stackalloc byte[ControlAnswer.MostBytes];
        var answer = new ControlAnswer(room, request.Tag.In(line));
        answer.Text(problem == ControlProblem.None ? " ok"u8 : " error "u8);
        answer.Text(Words(problem));
        answer.Text("\n"u8);
        _output.Write(answer.Line);
        _length = 0;
    }

    private void WriteListLine(in DiskCommands disks)
    {
        ReadOnlySpan<byte> line = Line.Slice(0, _length);
        ControlRequest.Parse(line, out ControlRequest request);
        Span<byte> room = stackalloc byte[ControlAnswer.MostBytes];
        var answer = new ControlAnswer(room, request.Tag.In(line));
        _lists = disks.Describe(ref _guest, ref _disk, ref answer);
        answer.Text(_lists ? "\n"u8 : " ok\n"u8);
        _output.Write(answer.Line);
        _length = _lists ? _length : 0;
    }

    private static ReadOnlySpan<byte> Words(ControlProblem problem)
    {
        switch (problem)
        {
            case ControlProblem.None: return default;
            case ControlProblem.NoTag: return "a request begins with a tag of letters and digits"u8;
            case ControlProblem.TooLong: return "the request is too long"u8;
            case ControlProblem.UnknownVerb: return "no such request"u8;
            case ControlProblem.BadWords: return "the request has the wrong words"u8;
            case ControlProblem.BadNumber: return "a limit is no number up to 2^40"u8;
            case ControlProblem.UnknownGuest: return "no such guest"u8;
            case ControlProblem.Ended: return "it has ended, and is not started again"u8;
            default: return "the guest has no such disk"u8;
        }
    }
}
