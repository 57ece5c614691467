using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>
/// One walk of a guest's tables: the entries read, by level (1 to 4). The entry above them, at 5, names the top-level table.
/// </summary>
internal unsafe struct GuestWalk
{
    /// <summary>AND of all entries of a complete walk.</summary>
    public ulong All;

    // Not a fixed array, because the compiler would then add a stack guard to each fault.
    private ulong entry1, entry2, entry3, entry4, entry5;

    /// <summary>The entry read at a level.</summary>
    [UnscopedRef]
    public ref ulong At(int level) => ref Unsafe.Add(ref entry1, level - 1);
}
