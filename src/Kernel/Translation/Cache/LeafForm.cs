using System.Numerics;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;

namespace Tierce.Kernel.Translation.Cache;

/// <summary>How a leaf is made from a guest's entry: by one AND and one addition.</summary>
internal unsafe struct LeafForm
{
    /// <summary>One more than the largest value of a role.</summary>
    private const int Roles = (int)TableRole.User + 1;

    /// <summary>Flags of every cached leaf. Writable leaves are dirty too, so that the processor has nothing to write.</summary>
    private const ulong Flags = PageEntry.Present | PageEntry.User | PageEntry.Accessed;

    /// <summary>
    /// Address bits that are set only in frames above the largest power of two that the guest owns: an address without them is the guest's.
    /// </summary>
    public ulong HighFrameBits;

    /// <summary>By role: the base of the guest's memory and the flags that every leaf has.</summary>
    private fixed ulong _bases[Roles];

    /// <summary>
    /// The shared half of a guest may be global, so that translations which its two roots share stay in the TLB from one to the other. The
    /// kernel half never is, because guest user must not find it there.
    /// </summary>
    /// <param name="firstPage">Physical page of the guest's first frame.</param>
    /// <param name="pages">Number of its frames.</param>
    public void Initialise(ulong firstPage, ulong pages)
    {
        ulong plain = (firstPage << 12) | Flags;
        _bases[(int)TableRole.Kernel] = plain;
        _bases[(int)TableRole.Shared] = plain | (Machine.KeepsGlobals ? PageEntry.Global : 0);
        _bases[(int)TableRole.User] = plain;
        _bases[(int)TableRole.Open] = plain;
        HighFrameBits = PageEntry.AddressMask & ~((1UL << (63 - BitOperations.LeadingZeroCount(pages << 12))) - 1);
    }

    /// <summary>
    /// Bits that a guest's entry must have to be cached in a table of a role without a fault: the processor would have nothing to set in
    /// it, and the role's users may use it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Required(TableRole role) => (ulong)(role & TableRole.MostNeeded);

    /// <summary>
    /// The bits that a leaf copies from a guest's entry which has those bits. Among them is dirty, which the processor does not need in the
    /// leaf, since a writable leaf is dirty too. Therefore a writable leaf that equals its entry stands for a dirty one.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Mask(ulong needed) => needed | PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Writable | PageEntry.Dirty;

    /// <summary>The number to add to them: the base of the guest's memory and the flags that all leaves have.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Bias(TableRole role, ulong needed) => _bases[(int)role] - needed;

    /// <summary>A leaf for a guest's entry whose frame is owned.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ulong Entry(TableRole role, ulong guest, bool writable) =>
        ((guest & (PageEntry.AddressMask | PageEntry.NoExecute | PageEntry.Dirty)) + _bases[(int)role])
        | (writable ? PageEntry.Writable | PageEntry.Dirty : 0);
}
