using System.Runtime.InteropServices;

namespace Tierce.Rom.State;

/// <summary>The guest's handler of one vector. Read by assembly: address first, flags at 8, 16 bytes in all.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct TrapEntry
{
    /// <summary>In <see cref="Flags"/>: the handler starts with events masked.</summary>
    internal const byte MaskEvents = 4;

    /// <summary>Handler, 0 for none.</summary>
    [FieldOffset(0)] internal ulong Address;

    /// <summary>Bits 0 and 1: privilege level that may raise it by software; bit 2: the handler starts with events masked.</summary>
    [FieldOffset(8)] internal byte Flags;
}
