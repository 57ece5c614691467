using System.Runtime;
using System.Runtime.CompilerServices;

namespace System;

/// <summary>Block copies and fills: the compiler calls these by name. <c>X64/memory.S</c> implements them.</summary>
internal static class SpanHelpers
{
    [RuntimeImport("*", "memmove")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Memmove(ref byte destination, ref byte source, nuint length);

    [RuntimeImport("*", "tierce_fill")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void Fill(ref byte destination, byte value, nuint length);

    [RuntimeImport("*", "tierce_clear")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    internal static extern void ClearWithoutReferences(ref byte destination, nuint length);
}

/// <summary>The compiler looks it up by name for copies of structs that hold object references: there are none.</summary>
internal static class Buffer
{
    internal static void BulkMoveWithWriteBarrier(ref byte destination, ref byte source, nuint length) =>
        SpanHelpers.Memmove(ref destination, ref source, length);
}
