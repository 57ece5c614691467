using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>One node of the store: its whole path, its value and its permissions, by value, so that the tree needs no allocation.</summary>
[StructLayout(LayoutKind.Sequential, Size = Bytes)]
public unsafe struct StoreNode
{
    /// <summary>Bytes of a node.</summary>
    public const int Bytes = 8 + PathSize + ValueSize + 24;

    /// <summary>Most bytes of a path.</summary>
    public const int PathSize = 160;

    /// <summary>Most bytes of a value.</summary>
    public const int ValueSize = 256;

    /// <summary>Bytes of the path; 0 if the node is free.</summary>
    public int PathLength;

    /// <summary>Bytes of the value.</summary>
    public int ValueLength;

    /// <summary>Who may do what with it.</summary>
    public StorePermissions Permissions;

    private fixed byte _path[PathSize];
    private fixed byte _value[ValueSize];

    /// <summary>Room of the path.</summary>
    public static Span<byte> PathRoom(ref StoreNode node) => MemoryMarshal.CreateSpan(ref node._path[0], PathSize);

    /// <summary>Room of the value.</summary>
    public static Span<byte> ValueRoom(ref StoreNode node) => MemoryMarshal.CreateSpan(ref node._value[0], ValueSize);

    /// <summary>The path.</summary>
    public static ReadOnlySpan<byte> Path(ref StoreNode node) => PathRoom(ref node).Slice(0, node.PathLength);

    /// <summary>The value.</summary>
    public static ReadOnlySpan<byte> Value(ref StoreNode node) => ValueRoom(ref node).Slice(0, node.ValueLength);
}

/// <summary>
/// The tree of a store: a flat table of nodes, searched by path. It is small and slow, which suffices for the few requests of a boot.
/// </summary>
public ref struct StoreTree
{
    private readonly Span<StoreNode> _nodes;

    /// <summary>A tree over storage that was zero in the beginning.</summary>
    public StoreTree(Span<StoreNode> nodes) => _nodes = nodes;

    /// <summary>Index of the node with that path, or -1.</summary>
    public readonly int Find(scoped ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i].PathLength == path.Length && StoreNode.Path(ref _nodes[i]).SequenceEqual(path))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>Value of a node.</summary>
    public readonly ReadOnlySpan<byte> Value(int index) => StoreNode.Value(ref _nodes[index]);

    /// <summary>A node.</summary>
    public readonly ref StoreNode Node(int index) => ref _nodes[index];

    /// <summary>
    /// Index of the next node at or after table position <paramref name="position"/> that is <paramref name="top"/> or lies below it; -1 if
    /// there is none. The position advances.
    /// </summary>
    public readonly int NextAtOrBelow(scoped ReadOnlySpan<byte> top, ref int position)
    {
        while (position < _nodes.Length)
        {
            int index = position++;
            if (_nodes[index].PathLength != 0 && StorePath.IsAtOrBelow(StoreNode.Path(ref _nodes[index]), top))
            {
                return index;
            }
        }

        return -1;
    }

    /// <summary>Makes a node what it was: changes one that is there, or makes one where there is room.</summary>
    public readonly void Restore(ref StoreNode before)
    {
        int index = Find(StoreNode.Path(ref before));
        for (int i = 0; index < 0 && i < _nodes.Length; i++)
        {
            index = _nodes[i].PathLength == 0 ? i : -1;
        }

        if (index >= 0)
        {
            _nodes[index] = before;
        }
    }

    /// <summary>
    /// Permissions of the node with that path or, if there is none, of the nearest one above. All domains may read the root, and the toolstack
    /// alone may change it.
    /// </summary>
    public readonly StorePermissions NearestPermissions(scoped ReadOnlySpan<byte> path)
    {
        while (path.Length > 1)
        {
            int index = Find(path);
            if (index >= 0)
            {
                return _nodes[index].Permissions;
            }

            path = StorePath.Parent(path);
        }

        return StorePermissions.ReadBy(XenStore.DomainNumber);
    }

    /// <summary>Number of nodes that a domain owns.</summary>
    public readonly int CountOf(uint domain)
    {
        int count = 0;
        for (int i = 0; i < _nodes.Length; i++)
        {
            count += _nodes[i].PathLength != 0 && _nodes[i].Permissions.Owner == domain ? 1 : 0;
        }

        return count;
    }

    /// <summary>Number of nodes of a path that there are not.</summary>
    public readonly int CountMissing(scoped ReadOnlySpan<byte> path)
    {
        int count = 0;
        for (; path.Length > 1 && Find(path) < 0; path = StorePath.Parent(path))
        {
            count++;
        }

        return count;
    }

    /// <summary>Writes a value, and creates the missing nodes of the path. Returns false if there is no room.</summary>
    /// <param name="path">The node.</param>
    /// <param name="value">Its value.</param>
    /// <param name="permissions">Permissions of nodes that are created.</param>
    public readonly bool Write(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> value, in StorePermissions permissions)
    {
        if (value.Length > StoreNode.ValueSize)
        {
            return false;
        }

        int index = Create(path, permissions);
        if (index < 0)
        {
            return false;
        }

        value.CopyTo(StoreNode.ValueRoom(ref _nodes[index]));
        _nodes[index].ValueLength = value.Length;
        return true;
    }

    /// <summary>
    /// Creates a node with an empty value, and missing nodes above it. An existing node keeps its value. Returns -1 if there is no room.
    /// </summary>
    public readonly int Create(scoped ReadOnlySpan<byte> path, in StorePermissions permissions)
    {
        int index = Find(path);
        if (index >= 0)
        {
            return index;
        }

        ReadOnlySpan<byte> parent = StorePath.Parent(path);
        if (path.Length > StoreNode.PathSize || (parent.Length > 1 && Create(parent, permissions) < 0))
        {
            return -1;
        }

        for (int i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i].PathLength == 0)
            {
                path.CopyTo(StoreNode.PathRoom(ref _nodes[i]));
                _nodes[i].PathLength = path.Length;
                _nodes[i].ValueLength = 0;
                _nodes[i].Permissions = permissions;
                return i;
            }
        }

        return -1;
    }

    /// <summary>Removes a node and all below it.</summary>
    public readonly void Remove(scoped ReadOnlySpan<byte> path)
    {
        for (int i = 0; i < _nodes.Length; i++)
        {
            if (_nodes[i].PathLength != 0 && StorePath.IsAtOrBelow(StoreNode.Path(ref _nodes[i]), path))
            {
                _nodes[i].PathLength = 0;
            }
        }
    }

    /// <summary>
    /// Name of the next child of <paramref name="path"/> at or after table position <paramref name="position"/>, which advances; false when
    /// there is none.
    /// </summary>
    public readonly bool NextChild(scoped ReadOnlySpan<byte> path, ref int position, out ReadOnlySpan<byte> name)
    {
        for (; position < _nodes.Length; position++)
        {
            ReadOnlySpan<byte> candidate = StoreNode.Path(ref _nodes[position]);
            if (candidate.Length > 1 && StorePath.Parent(candidate).SequenceEqual(path))
            {
                name = candidate.Slice(path.Length == 1 ? 1 : path.Length + 1);
                position++;
                return true;
            }
        }

        name = default;
        return false;
    }
}

/// <summary>Properties of absolute paths.</summary>
public static class StorePath
{
    /// <summary>The path one level up; that of the root is itself.</summary>
    public static ReadOnlySpan<byte> Parent(ReadOnlySpan<byte> path)
    {
        int slash = path.Length - 1;
        while (slash > 0 && path[slash] != (byte)'/')
        {
            slash--;
        }

        return path.Slice(0, slash > 0 ? slash : (path.Length != 0 ? 1 : 0));
    }

    /// <summary>Whether <paramref name="path"/> is <paramref name="top"/> or lies below it.</summary>
    public static bool IsAtOrBelow(ReadOnlySpan<byte> path, ReadOnlySpan<byte> top)
    {
        if (top.Length == 1 && top[0] == (byte)'/')
        {
            return true;
        }

        return path.StartsWith(top) && (path.Length == top.Length || path[top.Length] == (byte)'/');
    }

    /// <summary>Whether it is made of the characters that xenstore allows, without empty parts.</summary>
    public static bool IsValid(ReadOnlySpan<byte> path)
    {
        if (path.Length == 0 || path.Length > StoreNode.PathSize)
        {
            return false;
        }

        for (int i = 0; i < path.Length; i++)
        {
            byte c = path[i];
            bool ok = c is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9')
                or (byte)'-' or (byte)'/' or (byte)'_' or (byte)'@' or (byte)'.' or (byte)':';
            bool empty = c == (byte)'/' && path.Length > 1 && (i + 1 == path.Length || path[i + 1] == (byte)'/');
            if (!ok || empty)
            {
                return false;
            }
        }

        return true;
    }
}
