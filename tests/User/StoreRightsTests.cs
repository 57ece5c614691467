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
    private StoreTransactions _transactions;

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
        for (int i = 1; i <= StoreTransactions.Most; i++)
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

    /// <summary>Whatever a transaction has done, the store is as before when the guest gives it up.</summary>
    [Fact]
    public void A_transaction_that_is_given_up_has_changed_nothing()
    {
        Random random = new(7);
        for (int round = 0; round < 300; round++)
        {
            Ask(StoreWire.Write, $"data/{random.Next(3)}/{random.Next(3)}\0{round}");
            SortedDictionary<string, string> before = Contents();
            string transaction = Ask(StoreWire.TransactionStart, "\0");
            int done = 0;
            for (int change = random.Next(12); change >= 0; change--)
            {
                done += Change(random, transaction[0] - '0').StartsWith("OK", StringComparison.Ordinal) ? 1 : 0;
            }

            bool keeps = random.Next(4) == 0;
            SortedDictionary<string, string> changed = Contents();
            Assert.Equal("OK\0", Ask(StoreWire.TransactionEnd, keeps ? "T\0" : "F\0", (uint)(transaction[0] - '0')));
            Assert.Equal(keeps ? changed : before, Contents());
            Assert.True(done != 0 || before.SequenceEqual(changed));
        }
    }

    /// <summary>A guest cannot have its nodes twice by removing them in a transaction that it gives up later.</summary>
    [Fact]
    public void Nodes_that_may_come_back_count()
    {
        for (int i = 0; i < 30; i++)
        {
            Assert.Equal("OK\0", Ask(StoreWire.Write, $"data/a/{i}\0v"));
        }

        Assert.Equal("1\0", Ask(StoreWire.TransactionStart, "\0"));
        Assert.Equal("OK\0", Ask(StoreWire.Remove, "data/a\0", 1));
        for (int i = 0; i < 200; i++)
        {
            Ask(StoreWire.Write, $"data/{i}\0v");
        }

        Assert.Equal("OK\0", Ask(StoreWire.TransactionEnd, "F\0", 1));
        Assert.Equal("v", Ask(StoreWire.Read, "data/a/29\0"));
        Assert.InRange(new StoreTree(_nodes).CountOf(1), 100, XenStore.MostNodes);
    }

    /// <summary>Any requests, in any transactions: after each, the guest has no more than it may have, and the others' nodes are as they were.</summary>
    [Fact]
    public void Requests_without_end_keep_to_the_limits()
    {
        System.Diagnostics.Stopwatch clock = System.Diagnostics.Stopwatch.StartNew();
        int requests = Soaking.Soak.Amount(20_000, 2_000_000);
        Random random = new(Soaking.Soak.FirstSeed);
        string[] others = Others();
        for (int i = 0; i < requests; i++)
        {
            int transaction = random.Next(3) == 0 ? 0 : random.Next(14);
            switch (random.Next(10))
            {
                case 0:
                    Ask(StoreWire.TransactionStart, "\0", (uint)(random.Next(4) == 0 ? transaction : 0));
                    break;
                case 1 when random.Next(5) == 0:
                    Ask(StoreWire.TransactionEnd, random.Next(2) == 0 ? "F\0" : "T\0", (uint)transaction);
                    break;
                case 2 when random.Next(100) == 0:
                    Ask(StoreWire.ResetWatches, string.Empty, (uint)transaction);
                    break;
                case 3:
                    Ask(StoreWire.Watch, $"data/{random.Next(40)}\0{random.Next(9)}\0", (uint)transaction);
                    break;
                default:
                    Change(random, transaction);
                    break;
            }

            Assert.True(new StoreTree(_nodes).CountOf(1) <= XenStore.MostNodes, $"request {i}: too many nodes");
        }

        Assert.Equal(others, Others());
        Soaking.Soak.Record("store-requests", requests, "requests to the store", Soaking.Soak.FirstSeed, clock);
    }

    [Theory]
    [InlineData("XenStore.cs", "(writes ? StoreAccess.Write : StoreAccess.Read)", "StoreAccess.Read", StoreWire.Write, "domid\02", "EACCES\0")]
    [InlineData("XenStore.cs", "wanted.Owner != DomainNumber", "false", StoreWire.SetPermissions, "data\0n0\0", "EPERM\0")]
    [InlineData("StorePermissions.cs", "permissions.Count == Most", "permissions.Count == 9", StoreWire.SetPermissions, "data\0n1\0r2\0r3\0r4\0r5\0", "ENOSPC\0")]
    public void A_missing_right_is_noticed(string file, string old, string @new, uint type, string payload, string answer) => Twin.MustFail(
        typeof(StoreRightsTests), nameof(A_guest_changes_its_own_nodes_alone), [type, payload, answer], new Change("src/Monitor/Devices/" + file, old, @new));

    [Theory]
    [InlineData("_tree.CountOf(DomainNumber) + _transactions.Held + missing > MostNodes", "missing > MostNodes", nameof(A_guest_has_a_number_of_nodes))]
    [InlineData("_transactions.Held + missing > MostNodes", "_transactions.Held + 1 > MostNodes", nameof(A_guest_has_a_number_of_nodes))]
    [InlineData("transaction == 0 || _transactions.IsOpen(transaction) ?", "transaction < 32 ?", nameof(A_guest_has_a_number_of_transactions))]
    [InlineData("_transactions.CloseAll();", "", nameof(A_guest_has_a_number_of_transactions))]
    [InlineData("_tree.Restore(ref record.Before);", "", nameof(A_transaction_that_is_given_up_has_changed_nothing))]
    [InlineData("            _tree.Remove(path);\n        }\n        else", "        }\n        else", nameof(A_transaction_that_is_given_up_has_changed_nothing))]
    [InlineData(" + _transactions.Held + missing", " + missing", nameof(Nodes_that_may_come_back_count))]
    [InlineData("transaction != 0 && !_transactions.HasRoom(missing + 1)", "false", nameof(Requests_without_end_keep_to_the_limits))]
    [InlineData("_tree.Node(index).Permissions.Owner != DomainNumber", "false", nameof(A_new_node_has_the_permissions_of_the_one_above_and_its_maker_as_owner))]
    [InlineData("permissions.Owner = DomainNumber;", "", nameof(A_new_node_has_the_permissions_of_the_one_above_and_its_maker_as_owner))]
    public void A_missing_limit_is_noticed(string old, string @new, string test) =>
        Twin.MustFail(typeof(StoreRightsTests), test, [], new Change("src/Monitor/Devices/XenStore.cs", old, @new));

    [Fact]
    public void A_missing_limit_of_transactions_is_noticed() => Twin.MustFail(
        typeof(StoreRightsTests), nameof(A_guest_has_a_number_of_transactions), [], new Change("src/Monitor/Devices/StoreTransactions.cs", "if (number > Most)", "if (number > 30)"));

    private string Change(Random random, int transaction)
    {
        string path = random.Next(8) == 0 ? "data/deep/er/" + random.Next(9) : $"data/{random.Next(200)}/{random.Next(3)}";
        path = random.Next(3) == 0 ? $"data/{random.Next(3)}" : random.Next(50) == 0 ? "data" : path;
        return random.Next(6) switch
        {
            0 => Ask(StoreWire.Remove, path + "\0", (uint)transaction),
            1 => Ask(StoreWire.MakeDirectory, path + "\0", (uint)transaction),
            2 => Ask(StoreWire.SetPermissions, $"{path}\0n1\0r{random.Next(9)}\0", (uint)transaction),
            3 => Ask(StoreWire.Write, $"domid\0{random.Next()}", (uint)transaction),
            _ => Ask(StoreWire.Write, $"{path}\0{random.Next()}", (uint)transaction),
        };
    }

    /// <summary>All nodes, with value and permissions.</summary>
    private SortedDictionary<string, string> Contents()
    {
        SortedDictionary<string, string> contents = new(StringComparer.Ordinal);
        byte[] text = new byte[64];
        for (int i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i].PathLength != 0)
            {
                int length = _nodes[i].Permissions.Write(text);
                contents.Add(Encoding.ASCII.GetString(StoreNode.Path(ref _nodes[i])), $"{Encoding.ASCII.GetString(StoreNode.Value(ref _nodes[i]))} {Encoding.ASCII.GetString(text, 0, length)}");
            }
        }

        return contents;
    }

    private string[] Others() => [.. Contents().Where(node => node.Value.Contains(" n0", StringComparison.Ordinal)).Select(node => $"{node.Key} {node.Value}")];

    private string Ask(uint type, string payload, uint transaction = 0)
    {
        var queue = new StoreQueue(_output, ref _outputLength);
        _outputLength = 0;
        new XenStore(new StoreTree(_nodes), _watches, queue, ref _transactions).Handle(type, 42, transaction, Encoding.ASCII.GetBytes(payload));
        return Encoding.ASCII.GetString(_output, 16, BinaryPrimitives.ReadInt32LittleEndian(_output.AsSpan(12)));
    }
}
