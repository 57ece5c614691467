using System.Diagnostics;
using Tierce.Hosted;
using Tierce.Runtime;
using Tierce.Runtime.Devices;
using Tierce.Soaking;
using Tierce.User.Disks;

namespace Tierce.User.Consoles;

/// <summary>The driver of a virtio console: what it promises its clients, over many lives, and against devices and clients that lie.</summary>
[Collection(HostedDomain.Collection)]
public sealed unsafe class PortDriverTests
{
    private const ushort PortOpen = 6;

    /// <summary>However much each side has room for, and wherever the driver dies, a lone client's bytes arrive once and in order.</summary>
    [Fact]
    public void Nothing_is_lost_or_doubled_over_many_lives()
    {
        Stopwatch clock = Stopwatch.StartNew();
        const int Steps = 2000;
        int rounds = Soak.Amount(2, 500);
        int lives = 0;
        foreach (int seed in Soak.Seeds(rounds))
        {
            using HostedPort port = new(1);
            Play(port, new Random(seed), Steps);
            lives += port.Lives;
        }

        Assert.True(lives > rounds * 20, "the driver hardly ever died");
        Soak.Record("console-driver-lives", (long)rounds * Steps, "steps of a console's driver", Soak.FirstSeed, clock);
    }

    [Theory]
    [InlineData("Transmission.cs", "1U << (int)head : 0;\n            _journal", "0U : 0;\n            _journal")]
    [InlineData("Reception.cs", "uint done = input.Position - _start;", "uint done = 0;")]
    [InlineData("Reception.cs", "        _journal.Finish(_start);\n", "")]
    [InlineData("PortDriver.cs", "            _clients[i].SendAll();\n", "")]
    public void A_missing_step_is_noticed(string file, string old, string @new) => Twin.MustFail(
        typeof(PortDriverTests), nameof(Nothing_is_lost_or_doubled_over_many_lives), [], new Change("src/Drivers/VirtioConsole/" + file, old, @new));

    [Fact]
    public void A_key_press_goes_to_the_client_at_once()
    {
        using HostedPort port = new(1);
        port.Run();
        port.TakeSignal(0);
        ByteRingReader input = ConsoleChannel.InputReader(port.Input(0));
        for (byte key = 0; key < 100; key++)
        {
            Assert.Equal(1, port.Receive([key], 1));
            port.Run();
            Assert.True(port.TakeSignal(0));
            byte[] got = new byte[2];
            Assert.Equal((1, key), (input.Read(got), got[0]));
        }
    }

    [Fact]
    public void A_key_press_without_an_interrupt_is_noticed() => Twin.MustFail(
        typeof(PortDriverTests),
        nameof(A_key_press_goes_to_the_client_at_once),
        [],
        new Change("src/Drivers/VirtioConsole/Reception.cs", "            _queue.AskForInterrupt(1);\n", ""));

    /// <summary>What the client has no room for waits, the device gets no buffers meanwhile, and the client signals when it has made room.</summary>
    [Fact]
    public void Input_goes_on_when_the_client_has_made_room()
    {
        using HostedPort port = new(1);
        port.Run();
        ByteRingReader input = ConsoleChannel.InputReader(port.Input(0));
        byte[] bytes = Letters(new Random(1), (int)(ConsoleQueues.ReceiveHeads * ConsoleQueues.ReceiveBytes));
        Assert.Equal(bytes.Length, port.Receive(bytes, bytes.Length));
        port.Run();
        byte[] got = new byte[bytes.Length];
        int count = input.Read(got);
        Assert.Equal((int)Abi.ConsoleInput.Size, count);
        Assert.True(input.TakeWaiter(), "the driver does not wait for room");
        port.Wake();
        port.Run();
        Assert.Equal(bytes.Length - count, input.Read(got.AsSpan(count)));
        Assert.Equal(bytes, got);
        Assert.Equal(bytes.Length, port.Receive(bytes, bytes.Length));
    }

    [Fact]
    public void Input_that_stops_is_noticed() => Twin.MustFail(
        typeof(PortDriverTests),
        nameof(Input_goes_on_when_the_client_has_made_room),
        [],
        new Change("src/Drivers/VirtioConsole/Reception.cs", "return input.WaitForRoom(1);", "return !input.HasRoom;"));

    /// <summary>Nothing but the device's interrupts wakes the driver, and only when more bytes or the client wait.</summary>
    [Fact]
    public void Output_goes_on_when_the_device_has_sent_some()
    {
        using HostedPort port = new(1);
        port.Run();
        ByteRingWriter output = ConsoleChannel.OutputWriter(port.Channel(0));
        byte[] bytes = Letters(new Random(1), (int)ConsoleChannel.OutputSize);
        for (int round = 0; round < 5; round++)
        {
            port.Sent.Clear();
            output.Write(bytes);
            port.Wake();
            for (int batch = 0; batch < 2; batch++)
            {
                port.Run();
                port.Send(99);
            }

            Assert.Equal(bytes, port.Sent);
            _ = output.WaitForRoom(ConsoleChannel.OutputSize);
            port.Wake();
            port.Run();
            Assert.False(output.IsWaiting, "the client waits for room that is there");
            output.Write(bytes.AsSpan(0, 10));
            _ = output.WaitForRoom(ConsoleChannel.OutputSize);
            port.Wake();
            port.Run();
            Assert.True(output.IsWaiting, "the client was told of bytes that were not sent");
            port.Send(99);
            port.Run();
            Assert.False(output.IsWaiting, "the client waits for bytes that were sent");
            _ = output.WaitForRoom(ConsoleChannel.OutputSize);
            port.Wake();
            port.Run();
            Assert.False(output.IsWaiting, "the client waits although there is nothing to send");
        }
    }

    [Theory]
    [InlineData("clients.First.Output.Available != _offered || ", "")]
    [InlineData(" || clients.First.Output.IsAwaited", "")]
    [InlineData("            client.SendRoom();\n", "")]
    public void Output_that_stops_is_noticed(string old, string @new) => Twin.MustFail(
        typeof(PortDriverTests), nameof(Output_goes_on_when_the_device_has_sent_some), [], new Change("src/Drivers/VirtioConsole/Transmission.cs", old, @new));

    /// <summary>Until the other end has opened the port, and after it has closed it, output waits.</summary>
    [Fact]
    public void Output_waits_for_the_other_end()
    {
        using HostedPort port = new(1);
        port.Run();
        ByteRingWriter output = ConsoleChannel.OutputWriter(port.Channel(0));
        port.Tell(ConsoleQueues.Port, PortOpen, 0);
        output.Write("waits"u8);
        port.Wake();
        port.Run();
        Assert.Empty(port.Queue(ConsoleQueues.Transmit).Heads);
        port.Tell(ConsoleQueues.Port, PortOpen, 1);
        port.Run();
        port.Send(99);
        Assert.Equal("waits"u8.ToArray(), port.Sent);
    }

    /// <summary>
    /// A device that returns heads that do not exist, or that it does not have, and claims to have written more than there is room for, gets
    /// only heads that exist, and takes no output that the client has not written.
    /// </summary>
    [Fact]
    public void A_device_that_lies_gets_what_there_is()
    {
        Random random = new(1);
        using HostedPort port = new(1);
        port.Run();
        ByteRingReader input = ConsoleChannel.InputReader(port.Input(0));
        ByteRingWriter output = ConsoleChannel.OutputWriter(port.Channel(0));
        byte[] bytes = new byte[4096];
        for (int step = 0; step < 6000; step++)
        {
            PlayedQueue queue = port.Queue(random.Next(ConsoleQueues.Count));
            uint written = random.Next(2) == 0 ? (uint)random.Next() : (uint)random.Next(2000);
            queue.Lies = true;
            queue.Look();
            queue.Scribble(random);
            bool lies = queue.Heads.Count == 0 || random.Next(3) == 0;
            _ = lies ? queue.Return(random.Next(4) == 0 ? uint.MaxValue - (uint)random.Next(9) : (uint)random.Next(40), written) : queue.Return(written);
            output.Write(bytes.AsSpan(0, random.Next(100)));
            port.Wake();
            port.Run();
            Assert.True(output.Used <= ConsoleChannel.OutputSize, "more was taken than the client has written");
            if (random.Next(40) == 0)
            {
                Assert.InRange(input.Read(bytes), 0, (int)Abi.ConsoleInput.Size);
            }
        }
    }

    [Theory]
    [InlineData("Reception.cs", "if (_head < ConsoleQueues.ReceiveHeads)", "if (_head < uint.MaxValue)")]
    [InlineData("Transmission.cs", "_offered & (1U << (int)head) : 0", "1U << (int)head : 0")]
    [InlineData("PortControl.cs", "if (head < ConsoleQueues.ControlHeads)", "if (head < uint.MaxValue)")]
    public void A_missing_check_is_noticed(string file, string old, string @new) => Twin.MustFail(
        typeof(PortDriverTests), nameof(A_device_that_lies_gets_what_there_is), [], new Change("src/Drivers/VirtioConsole/" + file, old, @new));

    /// <summary>Of three clients two overwrite their rings. What the third writes is sent, and the third has its input.</summary>
    [Fact]
    public void Clients_that_lie_do_not_disturb_another()
    {
        const int Honest = 2;
        Random random = new(1);
        using HostedPort port = new(Honest + 1);
        port.Run();
        byte[] focus = [Runtime.Consoles.Multiplexer.Escape, (byte)'3'];
        Assert.Equal(2, port.Receive(focus, 99));
        ByteRingReader input = ConsoleChannel.InputReader(port.Input(Honest));
        ByteRingWriter output = ConsoleChannel.OutputWriter(port.Channel(Honest));
        List<byte> written = [], typed = [], got = [];
        byte[] bytes = new byte[1024];
        for (int step = 0; step < 3000; step++)
        {
            byte* attacked = random.Next(2) == 0 ? port.Channel(random.Next(Honest)) : port.Input(random.Next(Honest));
            new Span<byte>(attacked + random.Next(200), random.Next(40)).Fill(random.Next(2) == 0 ? byte.MinValue : byte.MaxValue);
            byte[] text = Letters(random, random.Next(50));
            written.AddRange(text.AsSpan(0, output.Write(text)));
            typed.AddRange(text.AsSpan(0, port.Receive(text, 20)));
            port.Wake();
            port.Run();
            port.Send(random.Next(20));
            got.AddRange(bytes.AsSpan(0, input.Read(bytes)));
        }

        for (int i = 0; i < 999; i++)
        {
            port.Run();
            port.Send(99);
        }

        got.AddRange(bytes.AsSpan(0, input.Read(bytes)));
        Assert.Equal(typed, got);
        Assert.Equal(written, port.Sent.Where(value => char.IsAsciiLetterLower((char)value)));
    }

    private static byte[] Letters(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (byte)('a' + random.Next(26)))];

    /// <summary>A host that sends and reads as it likes, a client that does so too, and a driver that dies now and then; then all is compared.</summary>
    private static void Play(HostedPort port, Random random, int steps)
    {
        Players players = new(port, random);
        for (int step = 0; step < steps; step++)
        {
            players.Step();
        }

        port.DieAtCall(0);
        for (int step = 0; step < 400; step++)
        {
            port.Run();
            players.Read(int.MaxValue);
            port.Send(ConsoleQueues.TransmitHeads);
        }

        players.ExpectAll();
    }

    /// <summary>Small sizes mostly, and large ones.</summary>
    private static int Size(Random random) => random.Next(4) switch { 0 => random.Next(8500), 1 => random.Next(600), _ => 1 + random.Next(9) };

    /// <summary>The host and the client, and what both have sent and got.</summary>
    private sealed class Players(HostedPort port, Random random)
    {
        private readonly List<byte> _typed = [], _got = [], _written = [];
        private readonly byte[] _buffer = new byte[9000];
        private ByteRingReader _input = ConsoleChannel.InputReader(port.Input(0));
        private ByteRingWriter _output = ConsoleChannel.OutputWriter(port.Channel(0));
        private bool _hasInput;

        public void Step()
        {
            switch (random.Next(8))
            {
                case 0:
                    random.NextBytes(_buffer);
                    _typed.AddRange(_buffer.AsSpan(0, port.Receive(_buffer.AsSpan(0, Size(random)), 1 + random.Next(1500))));
                    break;
                case 1:
                    Write();
                    break;
                case 2 when random.Next(3) == 0:
                    port.Die();
                    break;
                case 2:
                    port.DieAtCall(1 + random.Next(12));
                    break;
                case 3:
                    Read(Size(random));
                    break;
                case 4:
                    port.Send(random.Next(14));
                    break;
                case 5:
                    // The client asks to be signalled, and the driver sees that when it is woken.
                    _output.WaitForRoom(ConsoleChannel.OutputSize);
                    port.Wake();
                    break;
                default:
                    port.Run();
                    break;
            }
        }

        /// <summary>The client takes some of what there is, if it was signalled.</summary>
        public void Read(int most)
        {
            _hasInput |= port.TakeSignal(0);
            _got.AddRange(_buffer.AsSpan(0, _hasInput ? _input.Read(_buffer.AsSpan(0, Math.Min(most, _buffer.Length))) : 0));
            _hasInput = _input.Available != 0 && _hasInput;
            if (_input.TakeWaiter())
            {
                port.Wake();
            }
        }

        public void ExpectAll()
        {
            Assert.Equal(_typed, _got);
            Assert.Equal(_written, port.Sent);
            Assert.False(_output.IsWaiting, "the client waits for room that is there");
        }

        private void Write()
        {
            random.NextBytes(_buffer);
            int count = _output.Write(_buffer.AsSpan(0, Size(random)));
            _written.AddRange(_buffer.AsSpan(0, count));
            if (count != 0)
            {
                port.Wake();
            }
        }
    }
}
