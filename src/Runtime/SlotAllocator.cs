namespace Tierce.Runtime;

/// <summary>Allocates slots of the program's own capability table, in ascending order. A program frees slots by using them again.</summary>
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
