using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Tierce.Tool.Boot;

namespace Tierce.Tool.Control;

/// <summary>The control line of a machine that another call of the tool runs: requests go to root, whose answers come back.</summary>
internal sealed class ControlLine : IDisposable
{
    /// <summary>A machine that answers does so in some milliseconds; a host that is busy takes longer.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);

    /// <summary>Most bytes of one answer: those of all disks of many guests.</summary>
    private const int MostBytes = 1 << 20;

    private readonly Socket _socket;
    private readonly TimeSpan _timeLimit;

    private ControlLine(Socket socket, TimeSpan timeLimit)
    {
        _socket = socket;
        _timeLimit = timeLimit;
    }

    /// <summary>Opens that of a run.</summary>
    /// <param name="name">Name of the run's folder, or the number of the process of its tool, which the name holds; null: the only run there is.</param>
    /// <exception cref="ToolException">There is no such run, or several.</exception>
    public static ControlLine Open(string? name)
    {
        IReadOnlyList<DirectoryInfo> runs = LeftRuns.WithControl();
        DirectoryInfo? run = name is null && runs.Count == 1 ? runs[0] : runs.FirstOrDefault(run => run.Name == name || run.Name.Split('-').Skip(2).FirstOrDefault() == name);
        if (run is null)
        {
            string list = string.Join('\n', runs.Select(run => $"  {run.Name}"));
            throw new ToolException(
                runs.Count == 0 ? "no machine with disks runs"
                : $"{(name is null ? "several machines with disks run; say which by --run" : $"there is no run {name} with disks")}:\n{list}");
        }

        return Open(File.ReadAllText(Path.Combine(run.FullName, LeftRuns.Boot, LeftRuns.Control)), s_limit);
    }

    /// <summary>Opens a control line by the path of its socket.</summary>
    /// <exception cref="ToolException">No machine holds it.</exception>
    internal static ControlLine Open(string path, TimeSpan limit)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new ControlLine(socket, limit);
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            socket.Dispose();
            throw new ToolException($"the machine's control line cannot be opened: {e.Message}");
        }
    }

    /// <summary>Makes a request and returns the lines of its answer before the last.</summary>
    /// <exception cref="ToolException">Root refuses it, or does not answer in time.</exception>
    public IReadOnlyList<string> Ask(string request)
    {
        // A line that an earlier call left unfinished ends at the first line feed. Answers to earlier calls have another tag.
        string tag = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6));
        Send(Encoding.UTF8.GetBytes($"\n{tag} {request}\n"));
        long end = Environment.TickCount64 + (long)_timeLimit.TotalMilliseconds;
        List<string> lines = [];
        StringBuilder rest = new();
        byte[] piece = new byte[4096];
        for (int total = 0; total < MostBytes;)
        {
            int got = Receive(piece, end);
            total += got;
            rest.Append(Encoding.Latin1.GetString(piece, 0, got));
            string[] parts = rest.ToString().Split('\n');
            rest.Clear().Append(parts[^1]);
            foreach (string line in parts[..^1].Where(line => line.StartsWith(tag + " ", StringComparison.Ordinal)).Select(line => line[(tag.Length + 1)..].TrimEnd('\r')))
            {
                if (line == "ok")
                {
                    return lines;
                }

                const string Error = "error ";
                lines.Add(line.StartsWith(Error, StringComparison.Ordinal) ? throw new ToolException($"{request}: {line[Error.Length..]}") : line);
            }
        }

        throw new ToolException($"{request}: the machine's answer has no end");
    }

    /// <summary>Closes the socket, for the next caller.</summary>
    public void Dispose() => _socket.Dispose();

    private void Send(byte[] bytes)
    {
        _socket.SendTimeout = (int)_timeLimit.TotalMilliseconds;
        try
        {
            _socket.Send(bytes);
        }
        catch (SocketException e)
        {
            throw new ToolException($"the machine takes no request: {e.Message}");
        }
    }

    private int Receive(byte[] piece, long end)
    {
        int left = (int)Math.Max(1, end - Environment.TickCount64);
        _socket.ReceiveTimeout = left;
        try
        {
            int got = Environment.TickCount64 < end ? _socket.Receive(piece) : throw new SocketException((int)SocketError.TimedOut);
            return got != 0 ? got : throw new ToolException("the machine ended before it answered");
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock)
        {
            throw new ToolException(string.Create(CultureInfo.InvariantCulture, $"the machine has not answered within {_timeLimit.TotalSeconds} s"));
        }
        catch (SocketException e)
        {
            throw new ToolException($"the machine ended before it answered: {e.Message}");
        }
    }
}
