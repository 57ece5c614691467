using System.Buffers.Binary;
using System.Text;
using Tierce.Hosted;
using Tierce.Monitor;

namespace Tierce.User;

/// <summary>What a guest may read and change in its store, and how much of it. Errors are those of Xen's store.</summary>
public sealed class StoreRightsTests
{
    private readonly StoreNode[] _nodes = new StoreNode[400];
    private readonly StoreWatch[] _watches = new StoreWatch[48];
    private readonly byte[] _output = new byte[32768];
    private int _outputLength;
    private uint _transactions;

    public StoreRightsTests() => StoreContents.Write(new StoreTree(_nodes), "guest"u8, new GuestLayout { RamFrames = 4096 });

    [Theory]
    [InlineData(StoreWire.Write, "domid\02", "EACCES\0")]
    [InlineData(StoreWire.Write, "memory/target\01", "EACCES\0")]
    [InlineData(StoreWire.Write, "new\01", "EACCES\0")]
    [InlineData(StoreWire.Write, "control/new\01", "EACCES\0")]
    [InlineData(StoreWire.MakeDirectory, "device/vbd/51712\0", "EACCES\0")]
    [InlineData(StoreWire.Remove, "device\0", "EACCES\0")]
    [InlineData(StoreWire.Remove, "/\0", "EACCES\0")]
    [InlineData(StoreWire.Remove, "/local/domain/1\0", "EACCES\0")]
    [InlineData(StoreWire.Write, "/local/domain/0/x\01", "EACCES\0")]
    [InlineData(StoreWire.SetPermissions, "domid\0n1\0", "EACCES\0")]
    [InlineData(StoreWire.SetPermissions, "data\0n0\0", "EPERM\0")]
    [InlineData(StoreWire.SetPermissions, "data\0", "EINVAL\0")]
    [InlineData(StoreWire.SetPermissions, "data\0x1\0", "EINVAL\0")]
    [InlineData(StoreWire.SetPermissions, "data\0n99999\0", "EINVAL\0")]
    [InlineData(StoreWire.SetPermissions, "data\0n1\0r2\0r3\0r4\0r5\0", "ENOSPC\0")]
    [InlineData(StoreWire.SetPermissions, "data/none\0n1\0", "ENOENT\0")]
    [InlineData(StoreWire.Write, "data/x\01", "OK\0")]
    [InlineData(StoreWire.Write, "control/shutdown\0", "OK\0")]
    [InlineData(StoreWire.Write, "control/feature-suspend\01", "OK\0")]
    [InlineData(StoreWire.Read, "domid\0", "1")]
    [InlineData(StoreWire.GetPermissions, "domid\0", "n0\0r1\0")]
    [InlineData(StoreWire.GetPermissions, "device\0", "n0\0r1\0")]
    public void A_guest_changes_its_own_nodes_alone(uint type, string payload, string answer) => Assert.Equal(answer, Ask(type, payload));

    [Fact]
    public void A_new_node_has_the_permissions_of_the_one_above_and_its_maker_as_owner()
    {
        var tree = new StoreTree(_nodes);
        Assert.True(StorePermissions.Parse("n0\0b1\0r7\0"u8, out StorePermissions shared).Length == 0);
        tree.Write("/shared"u8, "x"u8, shared);
        Assert.Equal("OK\0", Ask(StoreWire.Write, "/shared/a/b\0v"));
        Assert.Equal("n1\0b1\0r7\0", Ask(StoreWire.GetPermissions, "/shared/a\0"));
        Assert.Equal("n1\0b1\0r7\0", Ask(StoreWire.GetPermissions, "/shared/a/b\0"));
        Assert.Equal("OK\0", Ask(StoreWire.SetPermissions, "/shared/a/b\0n1\0w3\0"));
        Assert.Equal("n1\0w3\0", Ask(StoreWire.GetPermissions, "/shared/a/b\0"));
        Assert.Equal("EACCES\0", Ask(StoreWire.SetPermissions, "/shared\0n1\0"));
    }

    [Theory]
    [InlineData("n0\0", "EACCES\0", "EACCES\0")]
    [InlineData("n0\0w1\0", "EACCES\0", "OK\0")]
    [InlineData("n0\0r1\0", "x", "EACCES\0")]
    [InlineData("r0\0", "x", "EACCES\0")]
    [InlineData("b0\0n1\0", "EACCES\0", "EACCES\0")]
    [InlineData("n1\0", "x", "OK\0")]
    public void Permissions_hold_for_reading_and_for_writing(string text, string read, string written)
    {
        Assert.True(StorePermissions.Parse(Encoding.ASCII.GetBytes(text), out StorePermissions permissions).Length == 0);
        new StoreTree(_nodes).Write("/node"u8, "x"u8, permissions);
        Assert.Equal(read, Ask(StoreWire.Read, "/node\0"));
        Assert.Equal(read == "x" ? string.Empty : read, Ask(StoreWire.Directory, "/node\0"));
        Assert.Equal(written, Ask(StoreWire.Write, "/node\0y"));
    }

    /// <summary>The toolstack always has room for its nodes, whatever the guest has made.</summary>
    [Fact]
    public void A_guest_has_a_number_of_nodes()
    {
        int made = 0;
        while (made < 1000 && Ask(StoreWire.Write, $"data/{made}\0v") == "OK\0")
        {
            made++;
        }

        Assert.InRange(made, 100, XenStore.MostNodes);
        Assert.Equal("ENOSPC\0", Ask(StoreWire.MakeDirectory, "data/more\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Write, "data/0\0other"));
        Assert.Equal("OK\0", Ask(StoreWire.Remove, "data/0\0"));
        Assert.Equal("ENOSPC\0", Ask(StoreWire.Write, "data/two/levels\0v"));
        Assert.Equal("ENOENT\0", Ask(StoreWire.Read, "data/two\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Write, "data/again\0v"));
        Assert.True(new StoreTree(_nodes).Write("/local/domain/0/one"u8, default, StorePermissions.ReadBy(1)));
    }

    [Fact]
    public void A_value_has_a_number_of_bytes() => Assert.Equal("ENOSPC\0", Ask(StoreWire.Write, "data/x\0" + new string('v', StoreNode.ValueSize + 1)));

    [Fact]
    public void A_guest_has_a_number_of_watches()
    {
        for (int i = 0; i < _watches.Length; i++)
        {
            Assert.Equal("OK\0", Ask(StoreWire.Watch, $"data\0{i}\0"));
        }

        Assert.Equal("E2BIG\0", Ask(StoreWire.Watch, "data\0more\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Unwatch, "data\07\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Watch, "data\0more\0"));
    }

    [Fact]
    public void A_guest_has_a_number_of_transactions()
    {
        for (int i = 1; i <= XenStore.MostTransactions; i++)
        {
            Assert.Equal($"{i}\0", Ask(StoreWire.TransactionStart, "\0"));
        }

        Assert.Equal("ENOSPC\0", Ask(StoreWire.TransactionStart, "\0"));
        Assert.Equal("EBUSY\0", Ask(StoreWire.TransactionStart, "\0", 3));
        Assert.Equal("OK\0", Ask(StoreWire.Write, "data/x\0v", 3));
        Assert.Equal("EINVAL\0", Ask(StoreWire.TransactionEnd, "maybe\0", 3));
        Assert.Equal("OK\0", Ask(StoreWire.TransactionEnd, "T\0", 3));
        foreach ((uint type, string payload) in (ReadOnlySpan<(uint, string)>)[(StoreWire.TransactionEnd, "T\0"), (StoreWire.Read, "data/x\0"), (StoreWire.Write, "data/y\0v")])
        {
            Assert.Equal("ENOENT\0", Ask(type, payload, 3));
            Assert.Equal("ENOENT\0", Ask(type, payload, 77));
            Assert.Equal("ENOENT\0", Ask(type, payload, uint.MaxValue));
        }

        Assert.Equal("ENOENT\0", Ask(StoreWire.TransactionEnd, "T\0"));
        Assert.Equal("ENOENT\0", Ask(StoreWire.Read, "data/y\0"));
        Assert.Equal("3\0", Ask(StoreWire.TransactionStart, "\0"));
        Assert.Equal("OK\0", Ask(StoreWire.ResetWatches, string.Empty));
        Assert.Equal("ENOENT\0", Ask(StoreWire.Read, "data/x\0", 5));
        Assert.Equal("1\0", Ask(StoreWire.TransactionStart, "\0"));
    }

    [Theory]
    [InlineData("XenStore.cs", "(writes ? StoreAccess.Write : StoreAccess.Read)", "StoreAccess.Read", StoreWire.Write, "domid\02", "EACCES\0")]
    [InlineData("XenStore.cs", "_tree.Permissions(index).Owner != DomainNumber", "false", StoreWire.SetPermissions, "data\0n0\0", "OK\0")]
    [InlineData("XenStore.cs", "wanted.Owner != DomainNumber", "false", StoreWire.SetPermissions, "data\0n0\0", "EPERM\0")]
    [InlineData("StorePermissions.cs", "permissions.Count == Most", "permissions.Count == 9", StoreWire.SetPermissions, "data\0n1\0r2\0r3\0r4\0r5\0", "ENOSPC\0")]
    public void A_missing_right_is_noticed(string file, string old, string @new, uint type, string payload, string answer) => Twin.MustFail(
        typeof(StoreRightsTests), nameof(A_guest_changes_its_own_nodes_alone), [type, payload, answer], new Change("src/Monitor/Devices/" + file, old, @new));

    [Theory]
    [InlineData(" && _tree.CountOf(DomainNumber) + missing > MostNodes", " && missing > MostNodes", nameof(A_guest_has_a_number_of_nodes))]
    [InlineData("_tree.CountOf(DomainNumber) + missing > MostNodes", "_tree.CountOf(DomainNumber) + 1 > MostNodes", nameof(A_guest_has_a_number_of_nodes))]
    [InlineData("if (number > MostTransactions)", "if (number > 30)", nameof(A_guest_has_a_number_of_transactions))]
    [InlineData("transaction == 0 || IsOpen(transaction) ?", "transaction < 32 ?", nameof(A_guest_has_a_number_of_transactions))]
    [InlineData("_transactions = 0;", "", nameof(A_guest_has_a_number_of_transactions))]
    [InlineData("permissions.Owner = DomainNumber;", "", nameof(A_new_node_has_the_permissions_of_the_one_above_and_its_maker_as_owner))]
    public void A_missing_limit_is_noticed(string old, string @new, string test) =>
        Twin.MustFail(typeof(StoreRightsTests), test, [], new Change("src/Monitor/Devices/XenStore.cs", old, @new));

    private string Ask(uint type, string payload, uint transaction = 0)
    {
        var queue = new StoreQueue(_output, ref _outputLength);
        _outputLength = 0;
        new XenStore(new StoreTree(_nodes), _watches, queue, ref _transactions).Handle(type, 42, transaction, Encoding.ASCII.GetBytes(payload));
        return Encoding.ASCII.GetString(_output, 16, BinaryPrimitives.ReadInt32LittleEndian(_output.AsSpan(12)));
    }
}
