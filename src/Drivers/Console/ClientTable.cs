using System.Diagnostics.CodeAnalysis;
using Tierce.Runtime;

namespace Tierce.Drivers.Console;

/// <summary>The driver's clients, in the order of the startup page.</summary>
public struct ClientTable
{
    /// <summary>Most clients: as many as guests.</summary>
    public const int Most = 8;

    private ConsoleClient _client0, _client1, _client2, _client3, _client4, _client5, _client6, _client7;

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The first.</summary>
    [UnscopedRef]
    public ref ConsoleClient First => ref _client0;

    /// <summary>A client by number, from 0.</summary>
    [UnscopedRef]
    public ref ConsoleClient this[int index]
    {
        get
        {
            switch (index)
            {
                case 0: return ref _client0;
                case 1: return ref _client1;
                case 2: return ref _client2;
                case 3: return ref _client3;
                case 4: return ref _client4;
                case 5: return ref _client5;
                case 6: return ref _client6;
                default: return ref _client7;
            }
        }
    }

    /// <summary>Opens all channels that the startup page lists.</summary>
    public void Open(Startup startup, ref SlotAllocator slots)
    {
        Count = 0;
        while (Count < Most && this[Count].Open(startup, Count, ref slots))
        {
            Count++;
        }
    }
}
