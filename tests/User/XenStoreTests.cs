using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Tierce.Monitor;

namespace Tierce.User;

public sealed class XenStoreTests
{
    private readonly StoreNode[] _nodes = new StoreNode[24];
    private readonly StoreWatch[] _watches = new StoreWatch[4];
    private readonly byte[] _output = new byte[32768];
    private readonly byte[] _input = new byte[StoreRing.InputSize];
    private readonly byte[] _page = new byte[4096];
    private int _outputLength;
    private int _inputLength;
    private StoreTransactions _transactions;

    /// <summary>A home that the guest may read, with some nodes of its own.</summary>
    public XenStoreTests() => MakeHome();

    private void MakeHome()
    {
        Array.Clear(_nodes);
        var tree = new StoreTree(_nodes);
        tree.Create("/local/domain/1"u8, StorePermissions.ReadBy(1));
        foreach (string name in (string[])["data", "device", "devices"])
        {
            tree.Create(Encoding.ASCII.GetBytes("/local/domain/1/" + name), StorePermissions.OwnedBy(1));
        }
    }

    [Fact]
    public void What_is_written_is_read_and_listed()
    {
        Assert.Equal("OK\0", Ask(StoreWire.Write, "data/one\0first"));
        Assert.Equal("OK\0", Ask(StoreWire.Write, "/local/domain/1/data/two\0second"));
        Assert.Equal("first", Ask(StoreWire.Read, "/local/domain/1/data/one\0"));
        Assert.Equal("second", Ask(StoreWire.Read, "data/two\0"));
        Assert.Equal("one\0two\0", Ask(StoreWire.Directory, "data\0"));
        Assert.Equal("local\0", Ask(StoreWire.Directory, "/\0"));
        Assert.Equal(string.Empty, Ask(StoreWire.Read, "/local\0"));
        Assert.Equal("n1\0r0\0", Ask(StoreWire.GetPermissions, "data\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Remove, "data/one\0"));
        Assert.Equal("two\0", Ask(StoreWire.Directory, "data\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Remove, "data/one\0"));
        Assert.Equal("OK\0", Ask(StoreWire.MakeDirectory, "data/deep/er\0"));
        Assert.Equal("er\0", Ask(StoreWire.Directory, "data/deep\0"));
    }

    [Fact]
    public void What_a_toolstack_makes_for_a_guest_is_there()
    {
        var layout = new GuestLayout { RamFrames = 4096, StoreRing = 77, ConsoleRing = 78 };
        var storage = new StoreNode[128];
        var tree = new StoreTree(storage);
        StoreContents.Write(tree, "guest"u8, layout);
        (string Path, string Value)[] told =
        [
            ("domid", "1"), ("name", "guest"), ("memory/target", "16384"), ("memory/static-max", "16384"), ("store/port", "1"), ("store/ring-ref", "77"),
            ("console/port", "2"), ("console/ring-ref", "78"), ("console/type", "xenconsoled"), ("cpu/0/availability", "online"), ("control/shutdown", string.Empty),
            ("control/sysrq", string.Empty), ("control/feature-poweroff", string.Empty), ("device", string.Empty), ("data", string.Empty), ("drivers", string.Empty),
            ("feature", string.Empty), ("attr", string.Empty), ("error", string.Empty), ("control/platform-feature-xs_reset_watches", "1"),
        ];
        foreach ((string path, string value) in told)
        {
            int index = tree.Find(Encoding.ASCII.GetBytes("/local/domain/1/" + path));
            Assert.True(index >= 0, path);
            Assert.Equal(value, Encoding.ASCII.GetString(tree.Value(index)));
        }

        Assert.True(storage.Count(node => node.PathLength == 0) >= 64, "room for the guest's own");
    }

    [Theory]
    [InlineData(StoreWire.Read, "nothing\0", "ENOENT\0")]
    [InlineData(StoreWire.Directory, "nothing\0", "ENOENT\0")]
    [InlineData(StoreWire.Remove, "data/no/thing\0", "ENOENT\0")]
    [InlineData(StoreWire.Read, "bad path\0", "EINVAL\0")]
    [InlineData(StoreWire.Read, "a//b\0", "EINVAL\0")]
    [InlineData(StoreWire.Read, "\0", "EINVAL\0")]
    [InlineData(StoreWire.Write, "/local/domain/2/x\0y", "EACCES\0")]
    [InlineData(StoreWire.Write, "/local/domain/1\0y", "EACCES\0")]
    [InlineData(StoreWire.Write, "/local/domain/10/x\0y", "EACCES\0")]
    [InlineData(StoreWire.Unwatch, "x\0t\0", "ENOENT\0")]
    [InlineData(8U, "1\0", "ENOSYS\0")]
    [InlineData(77U, "", "ENOSYS\0")]
    public void Errors_have_the_protocols_names(uint type, string payload, string error)
    {
        Assert.Equal(error, Ask(type, payload, out uint answer));
        Assert.Equal(StoreWire.Error, answer);
    }

    [Fact]
    public void The_domain_is_known()
    {
        Assert.Equal("/local/domain/1\0", Ask(StoreWire.GetDomainPath, "1\0"));
        Assert.Equal("T\0", Ask(StoreWire.IsDomainIntroduced, "0\0"));
        Assert.Equal("F\0", Ask(StoreWire.IsDomainIntroduced, "9\0"));
    }

    [Fact]
    public void Watches_fire_once_at_first_and_then_for_changes_below()
    {
        Assert.Equal("OK\0", Ask(StoreWire.Watch, "device\0tok\0"));
        Assert.Equal("device\0tok\0", NextEvent());
        Ask(StoreWire.Write, "device/vbd/1\0x");
        Assert.Equal("device/vbd/1\0tok\0", NextEvent());
        Ask(StoreWire.Write, "devices\0x");
        Assert.Null(NextEvent());
        Assert.Equal("EEXIST\0", Ask(StoreWire.Watch, "device\0tok\0"));
        Ask(StoreWire.MakeDirectory, "device\0");
        NextEvent();
        Assert.Equal("OK\0", Ask(StoreWire.Watch, "/local/domain/1\0all\0"));
        Assert.Equal("/local/domain/1\0all\0", NextEvent());
        Ask(StoreWire.Remove, "device\0");
        Assert.Equal("device\0tok\0", NextEvent());
        Assert.Equal("/local/domain/1/device\0all\0", NextEvent());
        Assert.Equal("OK\0", Ask(StoreWire.Unwatch, "device\0tok\0"));
        Assert.Equal("OK\0", Ask(StoreWire.ResetWatches, string.Empty));
        Ask(StoreWire.Write, "devices\0x");
        Assert.Null(NextEvent());
    }

    /// <summary>The node of a watch below the removed one is gone too.</summary>
    [Fact]
    public void A_removal_reaches_watches_below()
    {
        Ask(StoreWire.Write, "device/vbd/1/state\0x");
        Ask(StoreWire.Watch, "device/vbd/1/state\0below\0");
        Ask(StoreWire.Watch, "/local/domain/1/device\0above\0");
        Ask(StoreWire.Watch, "device/vbd/10\0beside\0");
        _outputLength = 0;
        Ask(StoreWire.Remove, "device/vbd/1\0");
        Assert.Equal("/local/domain/1/device/vbd/1\0above\0", NextEvent());
        Assert.Equal("device/vbd/1/state\0below\0", NextEvent());
        Assert.Null(NextEvent());
    }

    [Fact]
    public void Storage_that_is_full_says_so()
    {
        for (int i = 0; i < 40; i++)
        {
            Ask(StoreWire.Write, $"data/{i}\0v");
        }

        Assert.Equal("ENOSPC\0", Ask(StoreWire.Write, "data/more\0v"));
        Assert.Equal("v", Ask(StoreWire.Read, "data/0\0"));
    }

    /// <summary>A request larger than the ring goes through in pieces, and so does its answer.</summary>
    [Fact]
    public void Pieces_through_the_ring_are_put_together() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(200),
        Prop.ForAll(Gen.Choose(1, 1024).ToArbitrary(), Gen.Choose(1, 1024).ToArbitrary(), (send, take) =>
        {
            Array.Clear(_page);
            MakeHome();
            _outputLength = _inputLength = 0;
            byte[] request = Enumerable.Range(0, 12).SelectMany(i => Message(StoreWire.Write, $"data/node{i}\0{new string('v', 200)}"))
                .Concat(Message(StoreWire.Directory, "data\0")).Concat(Message(StoreWire.Read, "data/node7\0")).ToArray();
            List<byte> answer = Exchange(request, send, take);
            string text = Encoding.ASCII.GetString([.. answer]);
            return text.Contains("node0\0node1\0", StringComparison.Ordinal) && text.EndsWith(new string('v', 200), StringComparison.Ordinal);
        }));

    [Fact]
    public void A_ring_with_mad_indices_is_left_alone()
    {
        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(2052), 5000);
        Assert.False(Pump());
        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(2060), 5000);
        Assert.False(Pump());
    }

    private List<byte> Exchange(byte[] request, int send, int take)
    {
        List<byte> answer = [];
        int sent = 0;
        for (int round = 0; round < 20_000; round++)
        {
            uint produced = Index(2052);
            int room = 1024 - (int)(produced - Index(2048));
            int count = Math.Min(Math.Min(send, room), request.Length - sent);
            for (int i = 0; i < count; i++)
            {
                _page[(int)((produced + (uint)i) & 1023)] = request[sent + i];
            }

            sent += count;
            BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(2052), produced + (uint)count);
            bool moved = Pump();
            uint consumed = Index(2056);
            int available = Math.Min(take, (int)(Index(2060) - consumed));
            for (int i = 0; i < available; i++)
            {
                answer.Add(_page[1024 + (int)((consumed + (uint)i) & 1023)]);
            }

            BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(2056), consumed + (uint)available);
            if (!moved && available == 0 && sent == request.Length)
            {
                break;
            }
        }

        return answer;
    }

    private uint Index(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_page.AsSpan(offset));

    private bool Pump()
    {
        var queue = new StoreQueue(_output, ref _outputLength);
        return new StoreRing(_page, _input, ref _inputLength).Pump(new XenStore(new StoreTree(_nodes), _watches, queue, ref _transactions), queue);
    }

    private string Ask(uint type, string payload) => Ask(type, payload, out _);

    private string Ask(uint type, string payload, out uint answerType)
    {
        var queue = new StoreQueue(_output, ref _outputLength);
        _outputLength = 0;
        new XenStore(new StoreTree(_nodes), _watches, queue, ref _transactions).Handle(type, 42, 0, Encoding.ASCII.GetBytes(payload));
        answerType = BinaryPrimitives.ReadUInt32LittleEndian(_output);
        Assert.Equal(42U, BinaryPrimitives.ReadUInt32LittleEndian(_output.AsSpan(4)));
        Assert.Equal(0U, BinaryPrimitives.ReadUInt32LittleEndian(_output.AsSpan(8)));
        return TakeMessage();
    }

    private string? NextEvent()
    {
        if (_outputLength == 0)
        {
            return null;
        }

        Assert.Equal(StoreWire.WatchEvent, BinaryPrimitives.ReadUInt32LittleEndian(_output));
        return TakeMessage();
    }

    private string TakeMessage()
    {
        var queue = new StoreQueue(_output, ref _outputLength);
        int length = BinaryPrimitives.ReadInt32LittleEndian(_output.AsSpan(12));
        string payload = Encoding.ASCII.GetString(_output, 16, length);
        queue.Consume(16 + length);
        return payload;
    }

    private static byte[] Message(uint type, string payload)
    {
        byte[] message = new byte[16 + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(message, type);
        BinaryPrimitives.WriteInt32LittleEndian(message.AsSpan(12), payload.Length);
        Encoding.ASCII.GetBytes(payload, message.AsSpan(16));
        return message;
    }
}
