using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>The store's storage, fixed at build time, and the pages that go with it.</summary>
public static unsafe class GuestStore
{
    /// <summary>Nodes of the monitor's, with eight disks, and those that the guest may have.</summary>
    private const int NodeCount = 256 + XenStore.MostNodes;
    private const int WatchCount = 48;
    private const int OutputSize = 32768;

    private static NodeStorage s_nodes;
    private static WatchStorage s_watches;
    private static OutputStorage s_output;
    private static InputStorage s_input;
    private static int s_outputLength;
    private static int s_inputLength;
    private static StoreTransactions s_transactions;

    /// <summary>Writes the nodes that a toolstack makes for a domain without devices (<see cref="StoreContents"/>).</summary>
    public static void Initialise(ReadOnlySpan<byte> name, in GuestLayout layout) => StoreContents.Write(Tree(), name, layout);

    /// <summary>
    /// Writes the date for the tool's process 1, as three numbers: nanoseconds since 1970, the time-stamp counter at that time, and its
    /// ticks per second. No other program uses it: Linux reads the shared page.
    /// </summary>
    public static void WriteClock(ulong date, ulong tsc, ulong hertz)
    {
        Span<byte> text = stackalloc byte[StoreNode.ValueSize];
        int length = Append(text, 0, date);
        length = Append(text, length, tsc);
        length = Append(text, length, hertz);
        Tree().Write("/local/domain/1/tierce/clock"u8, text.Slice(0, length), StorePermissions.ReadBy(XenStore.DomainNumber));
    }

    /// <summary>Writes a node of the monitor's, and sends the guest the events of its watches.</summary>
    /// <param name="path">The node.</param>
    /// <param name="value">Its value.</param>
    /// <param name="permissions">Permissions of nodes that are created.</param>
    public static void Set(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> value, in StorePermissions permissions)
    {
        Tree().Write(path, value, permissions);
        Store().Changed(path);
    }

    /// <summary>Removes a node and all below it, and sends the guest the events of its watches.</summary>
    public static void Remove(scoped ReadOnlySpan<byte> path)
    {
        Tree().Remove(path);
        Store().Removed(path);
    }

    /// <summary>A node's number in decimal; false if it is absent, empty or no number.</summary>
    public static bool TryReadNumber(scoped ReadOnlySpan<byte> path, out uint number)
    {
        number = 0;
        StoreTree tree = Tree();
        int index = tree.Find(path);
        ReadOnlySpan<byte> value = index < 0 ? default : tree.Value(index);
        const int MostDigits = 9;
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] is < (byte)'0' or > (byte)'9' || i == MostDigits)
            {
                return false;
            }

            number = (number * 10) + (uint)(value[i] - '0');
        }

        return value.Length != 0;
    }

    private static int Append(Span<byte> text, int length, ulong number)
    {
        length += DecimalText.Write(text.Slice(length), number);
        text[length] = (byte)' ';
        return length + 1;
    }

    /// <summary>Serves the ring page. Returns whether the guest needs an event.</summary>
    public static bool Pump(Span<byte> page)
    {
        var ring = new StoreRing(page, Bytes(ref s_input), ref s_inputLength);
        return ring.Pump(Store(), Queue());
    }

    private static XenStore Store() => new(Tree(), Watches(), Queue(), ref s_transactions);

    private static StoreQueue Queue() => new(MemoryMarshal.CreateSpan(ref s_output.Bytes[0], OutputSize), ref s_outputLength);

    private static StoreTree Tree() => new(MemoryMarshal.Cast<ulong, StoreNode>(MemoryMarshal.CreateSpan(ref s_nodes.Words[0], NodeStorage.Size)).Slice(0, NodeCount));

    private static Span<StoreWatch> Watches() =>
        MemoryMarshal.Cast<ulong, StoreWatch>(MemoryMarshal.CreateSpan(ref s_watches.Words[0], WatchStorage.Size)).Slice(0, WatchCount);

    private static Span<byte> Bytes(ref InputStorage storage) => MemoryMarshal.CreateSpan(ref storage.Bytes[0], StoreRing.InputSize);

    private struct NodeStorage
    {
        public const int Size = ((NodeCount * StoreNode.Bytes) / 8) + 1;
        public fixed ulong Words[Size];
    }

    private struct WatchStorage
    {
        public const int Size = ((WatchCount * (8 + StoreNode.PathSize + StoreWatch.TokenSize)) / 8) + 1;
        public fixed ulong Words[Size];
    }

    private struct OutputStorage
    {
        public fixed byte Bytes[OutputSize];
    }

    private struct InputStorage
    {
        public fixed byte Bytes[StoreRing.InputSize];
    }
}
