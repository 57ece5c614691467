using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Rom.State;

/// <summary>The guest's handler of one vector. Assembly reads it: address first, flags at 8, 16 bytes in all.</summary>
[AssemblyNames("TRAP")]
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct TrapEntry
{
    /// <summary>
    /// Number of entries: one for each vector, then one for each of the two vectors whose own place callback_op uses
    /// (<see cref="Xen.SetTrapTable"/>).
    /// </summary>
    internal const int Count = 258;

    /// <summary>In <see cref="Flags"/>: the handler starts with events masked.</summary>
    internal const byte MaskEvents = 4;

    /// <summary>In <see cref="Flags"/>: the privilege level.</summary>
    internal const byte LevelMask = 3;

    /// <summary>
    /// In a vector to reflect: it is a software interrupt, which has no error code. The lower bits are the number of the entry.
    /// </summary>
    internal const uint Software = 0x200;

    /// <summary>Handler, 0 for none.</summary>
    [FieldOffset(0)] internal ulong Address;

    /// <summary>Bits 0 and 1: privilege level that may raise it by software; bit 2: the handler starts with events masked.</summary>
    [FieldOffset(8)] internal byte Flags;
}
