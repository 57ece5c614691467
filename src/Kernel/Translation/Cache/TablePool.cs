using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>The cache's record of one of its tables.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TableRecord
{
    // SAFETY: the cache's memory: as many records, buckets and tables as Initialise was given; indices come from the records
    // alone.

    /// <summary>Guest frame that it is a copy of.</summary>
    public uint Frame;

    /// <summary>4 (top) to 1; 0: free.</summary>
    public byte Level;

    /// <summary>See <see cref="TableRole"/>.</summary>
    public TableRole Role;

    /// <summary>
    /// A kernel root whose user half is its own, because it holds a supervisor leaf there; or a user root that is open and shares nothing.
    /// </summary>
    public bool PrivateUserHalf;

    /// <summary>Number of virtual CPUs that have it loaded: it is not evicted or dropped.</summary>
    public int Loaded;

    /// <summary>Next with the same hash, or next free.</summary>
    public int Next;

    /// <summary>Entries that link to it: table index * 512 + slot. Two are remembered, all are counted.</summary>
    public int Parent0, Parent1, Parents;

    /// <summary>Bit n: some of the entries 8n to 8n+7 may be present. Scans visit only those lines.</summary>
    public ulong Lines;

    /// <summary>Records that an entry is present.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Use(int slot) => UseLine(slot >> 3);

    /// <summary>Records that an entry of a line is present. Only the lowest six bits of the line's number count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void UseLine(int line) => Lines |= 1UL << line;

    /// <summary>Records this for consecutive lines, from the first to the last; of each the lowest six bits count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void UseLines(int first, int last) => Lines |= (2UL << last) - (1UL << first);
}

/// <summary>The memory of a guest's page-table cache: tables, their records, and a hash by guest frame.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct TablePool
{
    /// <summary>No table.</summary>
    public const int None = -1;

    /// <summary>Most tables: an index and a slot fit 31 bits.</summary>
    public const ulong Most = 1UL << 22;

    /// <summary>Bytes of bookkeeping per table: its record and two hash buckets.</summary>
    public const ulong Overhead = 40 + 8;

    /// <summary>Tables and buckets laid out in one piece, of five instructions each.</summary>
    private const int PlacesBetweenInterrupts = 2048;

    private TableRecord* records;
    private int* buckets;
    private ulong firstPhysical;
    private byte* firstTable;
    private int count;
    private int bucketMask;
    private int firstFree;
    private int freeCount;
    private int firstUntouched;
    private int evictionHand;

    /// <summary>Tables in all.</summary>
    public readonly int Count => count;

    /// <summary>Tables that are free.</summary>
    public readonly int Free => freeCount;

    /// <summary>Lays the pool out.</summary>
    /// <param name="tables">Number of tables.</param>
    /// <param name="bookkeeping">Zeroed memory of at least <see cref="Overhead"/> bytes a table.</param>
    /// <param name="pages">Physical address of the first page.</param>
    public void Initialise(int tables, byte* bookkeeping, ulong pages)
    {
        records = (TableRecord*)bookkeeping;
        buckets = (int*)(bookkeeping + ((ulong)tables * (ulong)sizeof(TableRecord)));
        firstPhysical = pages;
        firstTable = Machine.ToVirtual(pages);
        count = tables;
        int size = 1;
        while (size * 2 <= tables * 2)
        {
            size *= 2;
        }

        bucketMask = size - 1;
        for (int i = 0; i < size; i++)
        {
            buckets[i] = None;
            if (i % PlacesBetweenInterrupts == 0)
            {
                Machine.TakeInterrupts();
            }
        }

        firstFree = None;
        for (int table = tables - 1; table >= 0; table--)
        {
            records[table].Next = firstFree;
            firstFree = table;
            if (table % PlacesBetweenInterrupts == 0)
            {
                Machine.TakeInterrupts();
            }
        }

        freeCount = tables;
    }

    /// <summary>The record of a table.</summary>
    public readonly TableRecord* Record(int table) => &records[table];

    /// <summary>Physical address of a table.</summary>
    public readonly ulong Physical(int table) => firstPhysical + ((ulong)table << 12);

    /// <summary>Its entries.</summary>
    public readonly ulong* Entries(int table) => (ulong*)(firstTable + ((long)table << 12));

    /// <summary>The table that an entry of another links to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Linked(ulong entry) => (int)(((entry & PageEntry.AddressMask) - firstPhysical) >> 12);

    /// <summary>The next table that may be evicted: all tables in turn.</summary>
    public int NextCandidate() => evictionHand = evictionHand + 1 < count ? evictionHand + 1 : 0;

    /// <summary>The copy of a frame at a level, in a role; or <see cref="None"/>.</summary>
    public readonly int Find(ulong frame, int level, TableRole role)
    {
        int table = buckets[Hash(frame)];
        while (table != None && (records[table].Frame != frame || records[table].Level != level || records[table].Role != role))
        {
            table = records[table].Next;
        }

        return table;
    }

    /// <summary>The first table with a frame's hash: with those that follow it (<see cref="TableRecord.Next"/>) come all copies of the frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int First(ulong frame) => buckets[Hash(frame)];

    /// <summary>The first copy of a frame after <paramref name="previous"/> (<see cref="None"/> to begin).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int NextCopy(ulong frame, int previous)
    {
        int table = previous == None ? First(frame) : records[previous].Next;
        while (table != None && records[table].Frame != frame)
        {
            table = records[table].Next;
        }

        return table;
    }

    /// <summary>Takes a free table, zeroed. There is one: callers reserve before.</summary>
    public int Take(ulong frame, int level, TableRole role)
    {
        int table = firstFree;
        if (table == None)
        {
            Machine.Panic("table pool empty"u8, frame);
        }

        Invariant.Holds(freeCount > 0 && records[table].Level == 0);
        Invariant.Holds(level is >= 1 and <= 4);
        TableRecord* record = &records[table];
        firstFree = record->Next;
        freeCount--;
        record->Frame = (uint)frame;
        record->Level = (byte)level;
        record->Role = role;
        record->PrivateUserHalf = false;
        record->Loaded = 0;
        record->Parent0 = None;
        record->Parent1 = None;
        record->Parents = 0;
        record->Next = None;
        record->Lines = 0;
        if (role != TableRole.Hole)
        {
            int bucket = Hash(frame);
            record->Next = buckets[bucket];
            buckets[bucket] = table;
        }

        // A table that is given back is empty; only one that was never taken holds what its memory held before.
        if (table >= firstUntouched)
        {
            firstUntouched = table + 1;
            Machine.ZeroPage(Entries(table));
        }

        return table;
    }

    /// <summary>Gives a table back; nothing links to it and its entries are all zero.</summary>
    public void Give(int table)
    {
        Invariant.Holds((uint)table < (uint)count && records[table].Level != 0);
        Invariant.Holds(records[table].Loaded == 0 && records[table].Role != TableRole.Hole);
        if (records[table].Level == 4)
        {
            // The one part of a copy that its owner does not empty: what hole and kernel put there.
            ulong* top = Entries(table);
            for (int slot = HoleLayout.FirstSlot; slot < HoleLayout.EndSlot; slot++)
            {
                top[slot] = 0;
            }
        }

        int* link = &buckets[Hash(records[table].Frame)];
        while (*link != table)
        {
            link = &records[*link].Next;
        }

        *link = records[table].Next;
        records[table].Level = 0;
        records[table].Next = firstFree;
        firstFree = table;
        freeCount++;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Hash(ulong frame) => (int)((frame * 0x9e37_79b1) >> 7) & bucketMask;
}
