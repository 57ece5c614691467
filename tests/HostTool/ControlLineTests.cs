using System.Net.Sockets;
using System.Text;
using Tierce.Tool;
using Tierce.Tool.Boot;
using Tierce.Tool.Control;

namespace Tierce.HostTool.Tests;

/// <summary>The tool's end of a machine's control line, at whose other end the test answers.</summary>
public sealed class ControlLineTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"tierce-control-test-{Guid.NewGuid():N}");
    private readonly Socket _server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public ControlLineTests()
    {
        _server.Bind(new UnixDomainSocketEndPoint(_path));
        _server.Listen();
    }

    public void Dispose()
    {
        _server.Dispose();
        File.Delete(_path);
    }

    [Fact]
    public async Task An_answer_ends_with_ok_and_has_the_requests_tag()
    {
        string[] pieces = ["0000 ok\n??? noise\n{0} disk a", " xvda\r\n{0} disk b xvda\n", "{0} o", "k\n{0} late\n"];
        string asked = string.Empty;
        Task answer = Answer(request => asked = request, pieces);
        using ControlLine line = ControlLine.Open(_path, s_limit);
        Assert.Equal(["disk a xvda", "disk b xvda"], line.Ask("list"));
        await answer.WaitAsync(s_limit);
        Assert.Equal("list", asked);
    }

    [Fact]
    public async Task A_refusal_has_the_machines_words()
    {
        Task answer = Answer(_ => { }, ["{0} error no such guest\n"]);
        using ControlLine line = ControlLine.Open(_path, s_limit);
        Assert.Equal("plug web xvda: no such guest", Assert.Throws<ToolException>(() => line.Ask("plug web xvda")).Message);
        await answer.WaitAsync(s_limit);
    }

    [Fact]
    public void A_machine_that_ends_or_keeps_silent_is_an_error()
    {
        using ControlLine silent = ControlLine.Open(_path, TimeSpan.FromMilliseconds(50));
        using (Socket other = _server.Accept())
        {
            Assert.Equal("the machine has not answered within 0.05 s", Assert.Throws<ToolException>(() => silent.Ask("list")).Message);
        }

        Assert.StartsWith("the machine takes no request: ", Assert.Throws<ToolException>(() => silent.Ask("list")).Message, StringComparison.Ordinal);
        Assert.StartsWith("the machine's control line cannot be opened", Assert.Throws<ToolException>(() => ControlLine.Open(_path + "-none", s_limit)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no machine with disks runs", "list")]
    [InlineData("no machine with disks runs", "plug", "web", "xvda", "--run", "x")]
    [InlineData("disk limit: say --operations N or --bytes N", "limit", "web", "xvda")]
    [InlineData("--bytes 1.5: say a number from 0 to 1099511627776; K, M and G are powers of 1024", "limit", "web", "xvda", "--bytes", "1.5")]
    [InlineData("--operations 2000G: say a number from 0 to", "limit", "web", "xvda", "--operations", "2000G")]
    [InlineData("disk: 'we b' is no name", "unplug", "we b", "xvda")]
    public void Bad_input_is_one_line_and_a_status(string message, params string[] arguments)
    {
        using ToolCall tool = new();
        (int status, string output, string error) = tool.Run(["disk", .. arguments]);
        Assert.Equal((ExitCodes.ToolFailure, string.Empty), (status, output));
        Assert.StartsWith($"tierce: {message}", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    /// <summary>The line of a machine that runs is found by its folder, and goes with the machine.</summary>
    [Fact]
    public void A_machines_socket_is_part_of_its_command_line_and_its_manifest()
    {
        MachineSettings machine = new() { Kernel = "k", Modules = "m", MemoryMiB = 1, LogFile = "l", ControlSocket = "/a,b" };
        Assert.Contains("-chardev socket,id=control,path=/a,,b,server=on,wait=off -serial chardev:control", string.Join(' ', machine.Arguments()), StringComparison.Ordinal);
        MachineDisks disks = MachineDisks.Of([new GuestDisk("/disk", ReadOnly: false)]);
        string head = BootManifest.Head([], ConsoleKind.Virtio, disks);
        Assert.Contains("control=control\n", head, StringComparison.Ordinal);
        Assert.Contains("[driver control]\nimage=console\nirq=3\nports=0x2f8-0x2ff\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("control", BootManifest.Head([], ConsoleKind.Virtio, null) + BootManifest.Head([], ConsoleKind.Serial, disks, standalone: true), StringComparison.Ordinal);
    }

    private Task Answer(Action<string> see, string[] pieces) => Task.Run(() =>
    {
        using Socket client = _server.Accept();
        using StreamReader reader = new(new NetworkStream(client));
        Assert.Equal(string.Empty, reader.ReadLine());
        string[] words = reader.ReadLine()!.Split(' ', 2);
        see(words[1]);
        foreach (string piece in pieces)
        {
            client.Send(Encoding.ASCII.GetBytes(piece.Replace("{0}", words[0], StringComparison.Ordinal)));
            Thread.Sleep(5);
        }
    });
}
