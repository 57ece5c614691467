using System.Runtime.InteropServices;

namespace Tierce.Rom.State;

/// <summary>A frame that the guest has granted to itself and mapped; 32 bytes. Its handle is its number plus one.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
internal struct GrantMapping
{
    /// <summary>Most mappings at one time.</summary>
    internal const int Count = 128;

    /// <summary>GNTMAP flags of the parts that are still mapped; 0 for a free entry.</summary>
    internal uint Flags;

    /// <summary>Number of the grant.</summary>
    internal uint Reference;

    /// <summary>The granted frame.</summary>
    internal ulong Frame;

    /// <summary>Guest-physical address of the page-table entry through which it is mapped, for a host mapping.</summary>
    internal ulong Entry;
}
