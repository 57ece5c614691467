namespace Tierce.Runtime;

/// <summary>Hands out slots of the program's own capability table, upwards. Slots are given back by reusing them, not here.</summary>
public struct SlotAllocator
{
    private uint _next;

    /// <summary>Starts at the first slot that is free.</summary>
    public SlotAllocator(uint first) => _next = first;

    /// <summary>The slot that is taken next.</summary>
    public readonly uint Next => _next;

    /// <summary>The next free slot.</summary>
    public uint Take() => _next++;
}
