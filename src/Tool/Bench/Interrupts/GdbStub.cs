using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>
/// A client of QEMU's gdb stub: stops the machine, steps it by single instructions with interrupts held back, and reads it. Protocol:
/// the appendix "GDB Remote Serial Protocol" of gdb's manual. Registers are numbered as in QEMU's target/i386/gdbstub.c.
/// </summary>
internal sealed class GdbStub : IDisposable
{
    /// <summary>Number of RSP.</summary>
    public const int StackPointer = 7;

    /// <summary>Number of RIP.</summary>
    public const int InstructionPointer = 16;

    private const byte InterruptByte = 3;
    private static readonly TimeSpan s_replyLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_settling = TimeSpan.FromMilliseconds(300);

    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[65536];
    private int _first, _end;

    private GdbStub(Socket socket) => _socket = socket;

    /// <summary>Connects to the stub at a socket that QEMU is about to open. The machine is stopped then.</summary>
    public static GdbStub Connect(string path)
    {
        DateTime limit = DateTime.UtcNow + s_replyLimit;
        while (true)
        {
            Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(path));
                GdbStub stub = new(socket);
                while (stub.WaitForStop(s_settling))
                {
                    // The stub reports that it has stopped the machine for its new client.
                }

                // Single registers are shown only to a client that has asked how they are numbered.
                stub.Ask("qXfer:features:read:target.xml:0,1");
                return stub;
            }
            catch (SocketException) when (DateTime.UtcNow < limit)
            {
                socket.Dispose();
                Thread.Sleep(50);
            }
        }
    }

    /// <summary>Runs the machine until a breakpoint.</summary>
    public void Continue() => Send("c");

    /// <summary>Stops the machine at its current instruction.</summary>
    public void Interrupt()
    {
        _socket.Send([InterruptByte]);
        WaitForStop(s_replyLimit);
    }

    /// <summary>Waits until the running machine stops; false if it does not in time: it still runs then.</summary>
    public bool WaitForStop(TimeSpan limit) => Receive(limit) is not null;

    /// <summary>Executes one instruction.</summary>
    public void Step() => Ask("s");

    /// <summary>Sets a breakpoint at an address.</summary>
    public void Break(ulong address) => Ask(string.Create(CultureInfo.InvariantCulture, $"Z0,{address:x},1"));

    /// <summary>Removes it.</summary>
    public void Unbreak(ulong address) => Ask(string.Create(CultureInfo.InvariantCulture, $"z0,{address:x},1"));

    /// <summary>Reads a register.</summary>
    public ulong Register(int number) => Little(Ask(string.Create(CultureInfo.InvariantCulture, $"p{number:x}")));

    /// <summary>Writes a register.</summary>
    public void Set(int number, ulong value) =>
        Ask(string.Create(CultureInfo.InvariantCulture, $"P{number:x}={Convert.ToHexStringLower(BitConverter.GetBytes(value))}"));

    /// <summary>Reads 8 bytes of memory as the machine now sees it.</summary>
    public ulong Memory(ulong address) => Little(Ask(string.Create(CultureInfo.InvariantCulture, $"m{address:x},8")));

    /// <summary>Sends a command to QEMU's monitor and returns the reply.</summary>
    public string Monitor(string command)
    {
        StringBuilder text = new();
        string reply = Ask($"qRcmd,{Convert.ToHexString(Encoding.ASCII.GetBytes(command))}");
        while (reply.StartsWith('O') && reply != "OK")
        {
            text.Append(Encoding.ASCII.GetString(Convert.FromHexString(reply.AsSpan(1))));
            reply = Receive(s_replyLimit) ?? throw new ToolException("QEMU's gdb stub does not answer");
        }

        return text.ToString();
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private static ulong Little(string hex) => hex.Length == 16
        ? BitConverter.ToUInt64(Convert.FromHexString(hex))
        : throw new ToolException($"QEMU's gdb stub answers '{hex}' where 8 bytes were asked for");

    private string Ask(string request)
    {
        Send(request);
        return Receive(s_replyLimit) ?? throw new ToolException($"QEMU's gdb stub does not answer '{request}'");
    }

    private void Send(string request)
    {
        byte sum = 0;
        foreach (char letter in request)
        {
            sum += (byte)letter;
        }

        _socket.Send(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"+${request}#{sum:x2}")));
    }

    /// <summary>The next packet's contents, or null if none comes in time. Acknowledgements are passed over.</summary>
    private string? Receive(TimeSpan limit)
    {
        StringBuilder packet = new();
        bool inside = false;
        while (true)
        {
            if (_first == _end)
            {
                if (!_socket.Poll(limit, SelectMode.SelectRead))
                {
                    return null;
                }

                _first = 0;
                _end = _socket.Receive(_buffer);
                if (_end == 0)
                {
                    throw new ToolException("the machine ended while it was measured");
                }
            }

            char letter = (char)_buffer[_first++];
            if (letter == '$')
            {
                inside = true;
            }
            else if (letter == '#')
            {
                Skip(2);
                return packet.ToString();
            }
            else if (inside)
            {
                packet.Append(letter);
            }
        }
    }

    private void Skip(int count)
    {
        while (count-- > 0)
        {
            if (_first == _end)
            {
                _first = 0;
                _end = _socket.Receive(_buffer);
            }

            _first++;
        }
    }
}
