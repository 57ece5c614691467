using System.Diagnostics.CodeAnalysis;
using Tierce.Abi;

namespace Tierce.Runtime.Consoles;

/// <summary>
/// The driver's clients, in the order of the startup page. The first lies in the table itself, because the case of a lone client has to be
/// fast. The others lie in memory that root gives for them.
/// </summary>
public unsafe struct ClientTable
{
    private const ulong OthersAddress = 0x0000_0012_0000_0000;

    private readonly ConsoleClient* _others;
    private ConsoleClient _first;

    /// <summary>A table of this number of clients; all except the first are in memory that belongs to the table.</summary>
    public ClientTable(int count, ConsoleClient* others)
    {
        this = default;
        Count = count;
        _others = others;
    }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The first.</summary>
    [UnscopedRef]
    public ref ConsoleClient First => ref _first;

    /// <summary>A client by number, from 0.</summary>
    [UnscopedRef]
    public ref ConsoleClient this[int index]
    {
        get
        {
            if (index == 0)
            {
                return ref _first;
            }

            // SAFETY: callers stay below Count, and the memory has room for as many less one.
            return ref _others[index - 1];
        }
    }

    /// <summary>Opens all channels that the startup page lists.</summary>
    public static ClientTable Open(Startup startup, ref SlotAllocator slots)
    {
        int count = 0;
        while (startup.TryGet(StartupPurpose.Channel, count, out _, out _))
        {
            count++;
        }

        ClientTable table = new(count, (ConsoleClient*)OthersAddress);
        if (count > 1)
        {
            MapOthers(startup, count, ref slots);
        }

        for (int i = 0; i < count; i++)
        {
            table[i].Open(startup, i, ref slots);
        }

        return table;
    }

    /// <summary>
    /// Gives one of several clients a byte of input. A client that takes nothing must not silence the others: bytes without room are lost, as
    /// on a terminal.
    /// </summary>
    public void Deliver(int client, byte value)
    {
        ref ConsoleClient taker = ref this[client];
        if (!taker.Input.TryWrite(value))
        {
            taker.Input.Resynchronise();
        }

        taker.Touched = true;
    }

    /// <summary>Signals (SND) the clients that have input, and waits (GET): the last signal in the same call.</summary>
    /// <param name="last">The last client that has input.</param>
    /// <param name="topHalf">The driver's.</param>
    public ulong SendInputAndGet(int last, TopHalf topHalf)
    {
        for (int client = 0; client < last; client++)
        {
            if (this[client].Touched)
            {
                this[client].Touched = false;
                this[client].SendInput();
            }
        }

        this[last].Touched = false;
        return this[last].SendInputAndGet(topHalf);
    }

    private static void MapOthers(Startup startup, int count, ref SlotAllocator slots)
    {
        ulong pages = ConsoleChannel.TablePages((uint)count);
        bool given = startup.TryGet(StartupPurpose.Memory, 0, out uint slot, out ulong there);
        bool fits = given && pages <= there && (uint)sizeof(ConsoleClient) <= ConsoleChannel.ClientBytes;
        Failure.Check(fits ? Status.Ok : Status.NoMemory, "memory for the clients"u8);
        for (ulong first = 0; first < pages; first += Memory.MapPages)
        {
            ulong piece = pages - first < Memory.MapPages ? pages - first : Memory.MapPages;
            Failure.Check(
                new Memory(slot).Map(Domain.Own, OthersAddress + (first << 12), first, piece, CapRights.Read | CapRights.Write, slots.Take()),
                "mapping the clients"u8);
        }
    }
}
