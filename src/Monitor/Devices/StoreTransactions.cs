using System.Runtime.CompilerServices;

namespace Tierce.Monitor;

/// <summary>What a request in a transaction has done to a node.</summary>
public enum StoreChange
{
    /// <summary>Made it.</summary>
    Made,

    /// <summary>Changed its value or its permissions.</summary>
    Changed,

    /// <summary>Removed it.</summary>
    Removed,
}

/// <summary>One change of a transaction that is open.</summary>
public struct StoreRecord
{
    /// <summary>The transaction.</summary>
    public uint Transaction;

    /// <summary>What was done.</summary>
    public StoreChange Change;

    /// <summary>The node before. If it was made, its path alone.</summary>
    public StoreNode Before;
}

/// <summary>
/// The open transactions of a guest and, for each change in one, what it has replaced: a transaction that the guest gives up has changed
/// nothing in the end.
/// </summary>
public struct StoreTransactions
{
    /// <summary>Most transactions that are open: Xen's default.</summary>
    public const int Most = 10;

    /// <summary>Most changes of all open transactions together.</summary>
    public const int MostChanges = 32;

    private uint _open;
    private int _count;
    private Records _records;

    [InlineArray(MostChanges)]
    private struct Records
    {
        private StoreRecord _first;
    }

    /// <summary>Whether a number is that of an open transaction.</summary>
    public readonly bool IsOpen(uint transaction) => transaction is > 0 and <= Most && ((_open >> ((int)transaction - 1)) & 1) != 0;

    /// <summary>Opens a transaction and returns its number, from 1; 0 if too many are open.</summary>
    public uint Open()
    {
        uint number = 1;
        while (IsOpen(number))
        {
            number++;
        }

        if (number > Most)
        {
            return 0;
        }

        _open |= 1U << ((int)number - 1);
        return number;
    }

    /// <summary>Closes a transaction and forgets what it has replaced.</summary>
    public void Close(uint transaction)
    {
        _open &= ~(1U << ((int)transaction - 1));
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (_records[i].Transaction != transaction)
            {
                _records[kept++] = _records[i];
            }
        }

        _count = kept;
    }

    /// <summary>Closes all.</summary>
    public void CloseAll()
    {
        _open = 0;
        _count = 0;
    }

    /// <summary>Whether further changes can be recorded.</summary>
    public readonly bool HasRoom(int changes) => changes <= MostChanges - _count;

    /// <summary>Nodes that were removed and may come back. They count for what the guest may have.</summary>
    public readonly int Held
    {
        get
        {
            int held = 0;
            for (int i = 0; i < _count; i++)
            {
                held += _records[i].Change == StoreChange.Removed ? 1 : 0;
            }

            return held;
        }
    }

    /// <summary>Records a change, for which there is room.</summary>
    public void Record(uint transaction, StoreChange change, in StoreNode before)
    {
        ref StoreRecord record = ref _records[_count++];
        record.Transaction = transaction;
        record.Change = change;
        record.Before = before;
    }

    /// <summary>Takes the latest change of a transaction, which is then forgotten. Returns false if there is none.</summary>
    public bool TryTakeLast(uint transaction, out StoreRecord record)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            if (_records[i].Transaction == transaction)
            {
                record = _records[i];
                for (_count--; i < _count; i++)
                {
                    _records[i] = _records[i + 1];
                }

                return true;
            }
        }

        record = default;
        return false;
    }
}
