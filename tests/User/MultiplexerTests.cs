using System.Runtime.InteropServices;
using System.Text;
using Tierce.Monitor;
using Tierce.Runtime;
using Tierce.Runtime.Consoles;

namespace Tierce.User;

/// <summary>The shared console, its clients played by the test.</summary>
public sealed unsafe class MultiplexerTests : IDisposable
{
    private const int Clients = 3;

    /// <summary>Clients of the tests with numbers of several digits.</summary>
    private const int Many = 120;
    private readonly byte* _channels = (byte*)NativeMemory.AllocZeroed((nuint)ConsoleChannel.Pages * 4096 * Many);
    private readonly ConsoleClient* _others = (ConsoleClient*)NativeMemory.AllocZeroed((nuint)ConsoleChannel.TablePages(Many) * 4096);
    private readonly ByteRingWriter[] _writers = new ByteRingWriter[Many];
    private ClientTable _table;
    private bool _lastHung;

    public MultiplexerTests()
    {
        _table = new ClientTable(Many, _others);
        for (int i = 0; i < Many; i++)
        {
            byte* channel = _channels + ((nint)i * (nint)ConsoleChannel.Pages * 4096);
            _writers[i] = ConsoleChannel.OutputWriter(channel);
            _table[i].Output = ConsoleChannel.OutputReader(channel);
        }
    }

    public void Dispose()
    {
        NativeMemory.Free(_channels);
        NativeMemory.Free(_others);
    }

    [Theory]
    [InlineData("\u001dg10\rx", 9)]
    [InlineData("\u001dg120\rx", 119)]
    [InlineData("\u001dg2\rx", 1)]
    [InlineData("\u001dg7\r\u001dg121\rx", 6)]
    [InlineData("\u001dg7\r\u001dg0\rx", 6)]
    [InlineData("\u001dg7\r\u001dg\rx", 6)]
    [InlineData("\u001dg7\r\u001dg4294967301\rx", 6)]
    [InlineData("\u001dg7\r\u001dg12qx", 6)]
    [InlineData("\u001dg9\r\u001dnx", 9)]
    public void A_number_and_enter_move_the_focus_beyond_nine(string keys, int expected)
    {
        var multiplexer = new Multiplexer(Many, tagged: false);
        foreach (byte key in Encoding.Latin1.GetBytes(keys))
        {
            int client = multiplexer.Route(key, out byte value);
            Assert.Equal(key == (byte)'x' ? expected : -1, client);
            Assert.Equal(key, value);
        }

        Assert.Equal(expected, multiplexer.Focus);
    }

    [Fact]
    public void Tags_of_many_clients_have_their_numbers()
    {
        var multiplexer = new Multiplexer(Many, tagged: true);
        foreach (int client in (ReadOnlySpan<int>)[8, 9, 98, 99, 119])
        {
            _writers[client].Write(Encoding.ASCII.GetBytes($"c{client}"));
        }

        Assert.Equal("\u001d9c8\u001dg10\rc9\u001dg99\rc98\u001dg100\rc99\u001dg120\rc119", Drain(ref multiplexer));
    }

    [Fact]
    public void A_client_fits_what_root_gives_for_it() => Assert.True(sizeof(ConsoleClient) <= ConsoleChannel.ClientBytes);

    [Fact]
    public void Keys_move_the_focus_and_nothing_of_them_reaches_a_client()
    {
        var multiplexer = new Multiplexer(Clients, tagged: false);
        string[] got = ["", "", ""];
        foreach (byte key in "a\u001d2b\u001d\u001dc\u001dnd\u001dne\u001d9f\u001d?g"u8)
        {
            int client = multiplexer.Route(key, out byte value);
            if (client >= 0)
            {
                got[client] += (char)value;
            }
        }

        Assert.Equal(["aefg", "b\u001dc", "d"], got);
    }

    [Fact]
    public void A_lone_client_has_the_line_as_it_is()
    {
        var multiplexer = new Multiplexer(1, tagged: true);
        Assert.Equal(0, multiplexer.Route(Multiplexer.Escape, out byte value));
        Assert.Equal(Multiplexer.Escape, value);
        _writers[0].Write("x\u001dy"u8);
        Assert.Equal("x\u001dy", Drain(ref multiplexer));
    }

    [Fact]
    public void Tagged_output_says_whose_bytes_follow()
    {
        var multiplexer = new Multiplexer(Clients, tagged: true);
        _writers[0].Write("one"u8);
        _writers[2].Write("a\u001db"u8);
        Assert.Equal("\u001d1one\u001d3a\u001d\u001db", Drain(ref multiplexer));
        _writers[2].Write("c"u8);
        Assert.Equal("c", Drain(ref multiplexer));
    }

    [Fact]
    public void No_client_starves_another()
    {
        var multiplexer = new Multiplexer(Clients, tagged: true);
        _writers[0].Write(new byte[4000]);
        _writers[1].Write("me too"u8);
        byte[] line = new byte[64];
        string first = string.Empty;
        for (int i = 0; i < 4; i++)
        {
            first += Encoding.Latin1.GetString(line, 0, multiplexer.Next(ref _table, line));
        }

        Assert.Contains("me too", first, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hidden_client_never_waits_and_its_last_output_is_kept()
    {
        var multiplexer = new Multiplexer(Clients, tagged: false);
        byte[] piece = new byte[1000];
        for (int i = 0; i < 100; i++)
        {
            piece.AsSpan().Fill((byte)i);
            Assert.Equal(piece.Length, _writers[1].Write(piece));
            multiplexer.DropHidden(ref _table);
        }

        Assert.False(multiplexer.HasMore(ref _table));
        multiplexer.Route(Multiplexer.Escape, out _);
        multiplexer.Route((byte)'2', out _);
        string shown = Drain(ref multiplexer);
        Assert.InRange(shown.Length, 6001, (int)Multiplexer.Kept);
        Assert.Equal((char)99, shown[^1]);
        Assert.Equal((char)93, shown[0]);
    }

    [Fact]
    public void A_new_monitor_goes_on_where_the_last_one_stopped()
    {
        var multiplexer = new Multiplexer(1, tagged: false);
        _writers[0].Write("first life "u8);
        Assert.Equal("first life ", Drain(ref multiplexer));
        _writers[0].Write("last words "u8);
        ByteRingWriter second = ConsoleChannel.OutputWriter(_channels);
        second.Write("second life"u8);
        Assert.Equal("last words second life", Drain(ref multiplexer));
    }

    [Fact]
    public void The_watchdog_fires_only_for_a_guest_that_listens_and_takes_nothing()
    {
        byte[] page = new byte[4096];
        SharedInfoPage.Write(page, ClockScale.FromHertz(1_000_000_000), 0, 0);
        var watchdog = new Watchdog(300, 0);
        for (ulong now = 0; now < 2000; now += 50)
        {
            Probe(ref watchdog, page, now);
            Assert.False(_lastHung);
        }

        page.AsSpan(2560, 512).Clear();
        for (ulong now = 2000; now < 4000; now += 50)
        {
            Probe(ref watchdog, page, now);
            Assert.False(_lastHung);
            page.AsSpan(2048, 512).Clear();
        }

        ulong end = 4000;
        while (!_lastHung && end < 10_000)
        {
            Probe(ref watchdog, page, end += 50);
        }

        Assert.InRange(end, 4300UL, 4500UL);
        Assert.Equal(0UL, new Watchdog(0, 0).NextProbe);
    }

    private void Probe(ref Watchdog watchdog, byte[] page, ulong now)
    {
        if (watchdog.Probe(page, now, out _lastHung))
        {
            SharedInfoPage.Raise(page, StartInfoPage.StorePort);
        }
    }

    private string Drain(ref Multiplexer multiplexer)
    {
        byte[] line = new byte[16];
        StringBuilder all = new();
        int got;
        while ((got = multiplexer.Next(ref _table, line)) != 0)
        {
            all.Append(Encoding.Latin1.GetString(line, 0, got));
        }

        Assert.False(multiplexer.HasMore(ref _table));
        return all.ToString();
    }
}
