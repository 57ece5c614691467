namespace Tierce.Monitor;

/// <summary>
/// The requests of one guest's xenstore. Permissions say what the guest may read and change; it has at most a number of nodes, watches and
/// transactions. A change in a transaction takes effect at once, since the one client cannot interleave with itself, and is undone if the guest
/// gives the transaction up.
/// </summary>
public ref struct XenStore
{
    /// <summary>The guest's number as it sees itself.</summary>
    public const int DomainNumber = 1;

    /// <summary>Most nodes that the guest may own, among them those that its toolstack makes for it.</summary>
    public const int MostNodes = 128;

    private readonly StoreTree _tree;
    private readonly Span<StoreWatch> _watches;
    private readonly StoreQueue _out;

    private readonly ref StoreTransactions _transactions;

    /// <summary>A store over storage that lives longer than a request.</summary>
    public XenStore(StoreTree tree, Span<StoreWatch> watches, StoreQueue output, ref StoreTransactions transactions)
    {
        _tree = tree;
        _watches = watches;
        _out = output;
        _transactions = ref transactions;
    }

    /// <summary>The guest's home.</summary>
    public static ReadOnlySpan<byte> Home => "/local/domain/1"u8;

    /// <summary>Answers one request: at least one message is appended to the queue, which has room for the largest answer.</summary>
    public readonly void Handle(uint type, uint request, uint transaction, scoped ReadOnlySpan<byte> payload)
    {
        int start = _out.Begin(type, request, transaction);
        int before = _out.Length;
        ReadOnlySpan<byte> error = transaction == 0 || _transactions.IsOpen(transaction) ? Answer(type, transaction, payload) : "ENOENT"u8;
        if (error.Length != 0)
        {
            // The answer is replaced by an error message that names the reason.
            _out.Retract(start);
            start = _out.Begin(StoreWire.Error, request, transaction);
            _out.Append(error);
            _out.Append("\0"u8);
            _out.End(start);
            return;
        }

        if (_out.Length == before && !IsData(type))
        {
            _out.Append("OK\0"u8);
        }

        _out.End(start);
        Announce(type, payload);
    }

    private readonly ReadOnlySpan<byte> StartTransaction(uint inside)
    {
        if (inside != 0)
        {
            return "EBUSY"u8;
        }

        uint number = _transactions.Open();
        if (number == 0)
        {
            return "ENOSPC"u8;
        }

        Span<byte> text = stackalloc byte[DecimalText.MostDigits];
        _out.Append(text.Slice(0, DecimalText.Write(text, number)));
        _out.Append("\0"u8);
        return default;
    }

    private readonly ReadOnlySpan<byte> EndTransaction(uint transaction, scoped ReadOnlySpan<byte> how)
    {
        if (transaction == 0)
        {
            return "ENOENT"u8;
        }

        bool keeps = how.SequenceEqual("T"u8);
        if (!keeps && !how.SequenceEqual("F"u8))
        {
            return "EINVAL"u8;
        }

        while (!keeps && _transactions.TryTakeLast(transaction, out StoreRecord record))
        {
            Undo(ref record);
        }

        _transactions.Close(transaction);
        return default;
    }

    private readonly void Undo(ref StoreRecord record)
    {
        ReadOnlySpan<byte> path = StoreNode.Path(ref record.Before);
        if (record.Change == StoreChange.Made)
        {
            _tree.Remove(path);
        }
        else if (record.Change == StoreChange.Removed || _tree.Find(path) >= 0)
        {
            // The monitor may have removed a node that was changed. It does not come back.
            _tree.Restore(ref record.Before);
        }
    }

    private static bool IsData(uint type) => type is StoreWire.Read or StoreWire.Directory;

    private readonly ReadOnlySpan<byte> Answer(uint type, uint transaction, scoped ReadOnlySpan<byte> payload)
    {
        Span<byte> room = stackalloc byte[StoreNode.PathSize];
        switch (type)
        {
            case StoreWire.TransactionStart:
                return StartTransaction(transaction);
            case StoreWire.TransactionEnd:
                return EndTransaction(transaction, First(payload));
            case StoreWire.GetDomainPath:
                _out.Append("/local/domain/"u8);
                _out.Append(First(payload));
                _out.Append("\0"u8);
                return First(payload).Length is 0 or > 5 ? "EINVAL"u8 : default;
            case StoreWire.IsDomainIntroduced:
                bool known = First(payload).SequenceEqual("0"u8) || First(payload).SequenceEqual("1"u8);
                _out.Append(known ? "T\0"u8 : "F\0"u8);
                return default;
            case StoreWire.ResetWatches:
                for (int i = 0; i < _watches.Length; i++)
                {
                    _watches[i].PathLength = 0;
                }

                _transactions.CloseAll();
                return default;
            case StoreWire.Watch:
                return AddWatch(First(payload), First(Rest(payload)));
            case StoreWire.Unwatch:
                return RemoveWatch(First(payload), First(Rest(payload)));
            case StoreWire.Read or StoreWire.Directory or StoreWire.GetPermissions or StoreWire.Write or StoreWire.MakeDirectory
                or StoreWire.Remove or StoreWire.SetPermissions:
                return TryAbsolute(First(payload), room, out ReadOnlySpan<byte> path) ? OnPath(type, transaction, path, Rest(payload)) : "EINVAL"u8;
            default:
                return "ENOSYS"u8;
        }
    }

    private readonly ReadOnlySpan<byte> OnPath(uint type, uint transaction, scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> rest)
    {
        int index = _tree.Find(path);
        bool exists = index >= 0 || path.Length == 1;
        bool creates = type is StoreWire.Write or StoreWire.MakeDirectory;
        bool writes = creates || type is StoreWire.Remove or StoreWire.SetPermissions;
        StorePermissions permissions = _tree.NearestPermissions(path);
        if ((permissions.Of(DomainNumber) & (writes ? StoreAccess.Write : StoreAccess.Read)) == 0)
        {
            return "EACCES"u8;
        }

        if (creates)
        {
            return Create(type, transaction, path, rest, permissions);
        }

        if (!exists)
        {
            // The removal of a node that is gone succeeds if its parent is there.
            return type == StoreWire.Remove && _tree.Find(StorePath.Parent(path)) >= 0 ? default : "ENOENT"u8;
        }

        switch (type)
        {
            case StoreWire.Remove:
                return Remove(transaction, path);
            case StoreWire.Read:
                _out.Append(index >= 0 ? _tree.Value(index) : default);
                return default;
            case StoreWire.GetPermissions:
                Span<byte> text = stackalloc byte[StorePermissions.Most * 8];
                _out.Append(text.Slice(0, permissions.Write(text)));
                return default;
            case StoreWire.SetPermissions:
                return SetPermissions(transaction, index, rest);
            default:
                return List(path);
        }
    }

    /// <summary>
    /// Writes or makes a node. Missing nodes of its path are the guest's, with the other permissions of the node above, and count for what the
    /// guest may have.
    /// </summary>
    private readonly ReadOnlySpan<byte> Create(
        uint type, uint transaction, scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> value, StorePermissions permissions)
    {
        int missing = _tree.CountMissing(path);
        if ((missing != 0 && _tree.CountOf(DomainNumber) + _transactions.Held + missing > MostNodes)
            || (transaction != 0 && !_transactions.HasRoom(missing + 1)))
        {
            return "ENOSPC"u8;
        }

        if (transaction != 0)
        {
            RecordCreation(transaction, path);
        }

        permissions.Owner = DomainNumber;
        bool done = type == StoreWire.Write ? _tree.Write(path, value, permissions) : _tree.Create(path, permissions) >= 0;
        return done ? default : "ENOSPC"u8;
    }

    /// <summary>Records a node that will change, or the missing nodes of its path, which will be made.</summary>
    private readonly void RecordCreation(uint transaction, scoped ReadOnlySpan<byte> path)
    {
        int index = _tree.Find(path);
        if (index >= 0)
        {
            _transactions.Record(transaction, StoreChange.Changed, _tree.Node(index));
        }

        for (; path.Length > 1 && _tree.Find(path) < 0; path = StorePath.Parent(path))
        {
            StoreNode made = default;
            path.CopyTo(StoreNode.PathRoom(ref made));
            made.PathLength = path.Length;
            _transactions.Record(transaction, StoreChange.Made, made);
        }
    }

    private readonly ReadOnlySpan<byte> Remove(uint transaction, scoped ReadOnlySpan<byte> path)
    {
        if (transaction != 0)
        {
            int count = 0;
            for (int position = 0; _tree.NextAtOrBelow(path, ref position) >= 0;)
            {
                count++;
            }

            if (!_transactions.HasRoom(count))
            {
                return "ENOSPC"u8;
            }

            int next = 0;
            for (int index = _tree.NextAtOrBelow(path, ref next); index >= 0; index = _tree.NextAtOrBelow(path, ref next))
            {
                _transactions.Record(transaction, StoreChange.Removed, _tree.Node(index));
            }
        }

        _tree.Remove(path);
        return default;
    }

    /// <summary>Only a node's owner sets its permissions, and gives it to no other domain.</summary>
    private readonly ReadOnlySpan<byte> SetPermissions(uint transaction, int index, scoped ReadOnlySpan<byte> text)
    {
        if (index < 0 || _tree.Node(index).Permissions.Owner != DomainNumber)
        {
            return "EACCES"u8;
        }

        ReadOnlySpan<byte> error = StorePermissions.Parse(text, out StorePermissions wanted);
        if (error.Length != 0)
        {
            return error;
        }

        if (wanted.Owner != DomainNumber)
        {
            return "EPERM"u8;
        }

        if (transaction != 0)
        {
            if (!_transactions.HasRoom(1))
            {
                return "ENOSPC"u8;
            }

            _transactions.Record(transaction, StoreChange.Changed, _tree.Node(index));
        }

        _tree.Node(index).Permissions = wanted;
        return default;
    }

    private readonly ReadOnlySpan<byte> List(scoped ReadOnlySpan<byte> path)
    {
        int position = 0;
        int before = _out.Length;
        while (_tree.NextChild(path, ref position, out ReadOnlySpan<byte> name))
        {
            if (_out.Length - before + name.Length + 1 > StoreWire.PayloadMax)
            {
                return "E2BIG"u8;
            }

            _out.Append(name);
            _out.Append("\0"u8);
        }

        return default;
    }

    private readonly ReadOnlySpan<byte> AddWatch(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> token)
    {
        if (!StorePath.IsValid(path) || token.Length > StoreWatch.TokenSize)
        {
            return "EINVAL"u8;
        }

        if (FindWatch(path, token) >= 0)
        {
            return "EEXIST"u8;
        }

        for (int i = 0; i < _watches.Length; i++)
        {
            if (_watches[i].PathLength == 0)
            {
                path.CopyTo(StoreWatch.PathRoom(ref _watches[i]));
                token.CopyTo(StoreWatch.TokenRoom(ref _watches[i]));
                _watches[i].PathLength = path.Length;
                _watches[i].TokenLength = token.Length;
                return default;
            }
        }

        return "E2BIG"u8;
    }

    private readonly ReadOnlySpan<byte> RemoveWatch(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> token)
    {
        int index = FindWatch(path, token);
        if (index < 0)
        {
            return "ENOENT"u8;
        }

        _watches[index].PathLength = 0;
        return default;
    }

    private readonly int FindWatch(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> token)
    {
        for (int i = 0; i < _watches.Length; i++)
        {
            if (_watches[i].PathLength == path.Length && path.Length != 0
                && StoreWatch.Path(ref _watches[i]).SequenceEqual(path) && StoreWatch.Token(ref _watches[i]).SequenceEqual(token))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>After a successful request: the first event of a new watch, or the events of a change.</summary>
    private readonly void Announce(uint type, scoped ReadOnlySpan<byte> payload)
    {
        if (type == StoreWire.Watch)
        {
            SendEvent(First(payload), First(Rest(payload)));
        }
        else if (type == StoreWire.Remove)
        {
            Removed(First(payload));
        }
        else if (type is StoreWire.Write or StoreWire.MakeDirectory)
        {
            Changed(First(payload));
        }
    }

    /// <summary>Sends an event to every watch at or above a changed path, named as that watch names its own.</summary>
    public readonly void Changed(scoped ReadOnlySpan<byte> changed)
    {
        Span<byte> changedRoom = stackalloc byte[StoreNode.PathSize];
        Span<byte> watchRoom = stackalloc byte[StoreNode.PathSize];
        if (!TryAbsolute(changed, changedRoom, out ReadOnlySpan<byte> absolute))
        {
            return;
        }

        for (int i = 0; i < _watches.Length; i++)
        {
            ReadOnlySpan<byte> watched = StoreWatch.Path(ref _watches[i]);
            if (watched.Length == 0 || !TryAbsolute(watched, watchRoom, out ReadOnlySpan<byte> top) || !StorePath.IsAtOrBelow(absolute, top))
            {
                continue;
            }

            bool relative = watched[0] != (byte)'/';
            SendEvent(relative ? absolute.Slice(Home.Length + 1) : absolute, StoreWatch.Token(ref _watches[i]));
        }
    }

    /// <summary>Sends the events of a removed node: those of a change, and one to every watch below it, whose node is gone too.</summary>
    public readonly void Removed(scoped ReadOnlySpan<byte> removed)
    {
        Changed(removed);
        Span<byte> removedRoom = stackalloc byte[StoreNode.PathSize];
        Span<byte> watchRoom = stackalloc byte[StoreNode.PathSize];
        if (!TryAbsolute(removed, removedRoom, out ReadOnlySpan<byte> top))
        {
            return;
        }

        for (int i = 0; i < _watches.Length; i++)
        {
            ReadOnlySpan<byte> watched = StoreWatch.Path(ref _watches[i]);
            if (watched.Length != 0 && TryAbsolute(watched, watchRoom, out ReadOnlySpan<byte> absolute)
                && absolute.Length > top.Length && StorePath.IsAtOrBelow(absolute, top))
            {
                SendEvent(watched, StoreWatch.Token(ref _watches[i]));
            }
        }
    }

    private readonly void SendEvent(scoped ReadOnlySpan<byte> path, scoped ReadOnlySpan<byte> token)
    {
        // An event without room is lost, as it would be for a guest that never reads its ring.
        if (_out.Room < StoreWire.HeaderSize + path.Length + token.Length + 2)
        {
            return;
        }

        int start = _out.Begin(StoreWire.WatchEvent, 0, 0);
        _out.Append(path);
        _out.Append("\0"u8);
        _out.Append(token);
        _out.Append("\0"u8);
        _out.End(start);
    }

    /// <summary>Absolute form of a path; relative ones start at the guest's home.</summary>
    private static bool TryAbsolute(scoped ReadOnlySpan<byte> path, Span<byte> room, out ReadOnlySpan<byte> absolute)
    {
        absolute = default;
        if (!StorePath.IsValid(path))
        {
            return false;
        }

        int prefix = 0;
        if (path[0] is not ((byte)'/' or (byte)'@'))
        {
            prefix = Home.Length + 1;
            Home.CopyTo(room);
            room[prefix - 1] = (byte)'/';
        }

        if (prefix + path.Length > room.Length)
        {
            return false;
        }

        path.CopyTo(room.Slice(prefix));
        absolute = room.Slice(0, prefix + path.Length);
        return true;
    }

    private static ReadOnlySpan<byte> First(ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        return end < 0 ? payload : payload.Slice(0, end);
    }

    private static ReadOnlySpan<byte> Rest(ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        return end < 0 ? default : payload.Slice(end + 1);
    }
}
