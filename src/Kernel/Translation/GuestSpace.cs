using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Translation.Cache;
using Tierce.Kernel.Translation.Guests;

namespace Tierce.Kernel.Translation;

/// <summary>
/// How the kernel translates a guest's addresses: all that the rest of the kernel asks of it. The page-table cache is the one
/// implementation; no other room may use it.
/// </summary>
public static unsafe class GuestSpace
{
    // SAFETY: a page-table cache begins with its guest, and Create makes no other guests.

    /// <summary>Makes a guest of two ranges of physical pages.</summary>
    /// <param name="firstPage">First page of the guest's frames.</param>
    /// <param name="pages">Number of frames.</param>
    /// <param name="ownFirstPage">First page of the kernel's memory for it.</param>
    /// <param name="ownPages">Number of pages.</param>
    /// <param name="bitmapFrame">Guest frame where the bitmap of declared tables begins: one bit a frame.</param>
    /// <param name="noteFrame">Guest frame of the note page.</param>
    /// <param name="settings">Settings of the cache (<see cref="CacheSettings"/>).</param>
    /// <param name="result">The guest.</param>
    /// <returns>BadArgument (too large, no such settings), BadFrame, or NoMemory if the kernel's memory is too small.</returns>
    public static Status Create(ulong firstPage, ulong pages, ulong ownFirstPage, ulong ownPages, ulong bitmapFrame, ulong noteFrame, ulong settings, Guest** result) =>
        PageTableCache.Create(firstPage, pages, ownFirstPage, ownPages, bitmapFrame, noteFrame, settings, (PageTableCache**)result);

    /// <summary>
    /// Prepares the end of a guest, after that of its virtual CPUs: none of its roots is loaded, and nothing of it lies outside its memory.
    /// </summary>
    public static void Destroy(Guest* guest) => PageTableCache.Destroy(ref *(PageTableCache*)guest);

    /// <summary>Maps guest frames into the hole of all kernel roots. Decides everything before it changes anything.</summary>
    /// <returns>BadArgument, BadFrame, BadState if large pages and small ones would meet, or NoMemory if the hole takes too much of the kernel's memory.</returns>
    public static Status MapHole(Guest* guest, ulong address, ulong frame, ulong pages, CapRights rights) =>
        HoleTables.Map(ref *(PageTableCache*)guest, address, frame, pages, rights);

    /// <summary>
    /// Makes guest frames the loaded roots of a virtual CPU. A user frame of 0 means none. The caller has to call <see cref="LimitRoots"/>
    /// when the old roots are no longer in use.
    /// </summary>
    /// <param name="guest">The guest.</param>
    /// <param name="roots">What the virtual CPU has loaded.</param>
    /// <param name="kernelFrame">Frame of the top-level table for guest kernel mode.</param>
    /// <param name="userFrame">The same for guest user mode.</param>
    /// <param name="restartable">The call can be made again.</param>
    /// <returns>BadFrame if one is not the guest's; NoMemory if more roots are loaded than the kernel's memory can hold; Again if the call
    /// was preempted: nothing is loaded yet.</returns>
    public static Status LoadRoots(Guest* guest, LoadedRoots* roots, ulong kernelFrame, ulong userFrame, bool restartable) =>
        CacheRoots.Load(ref *(PageTableCache*)guest, roots, kernelFrame, userFrame, restartable);

    /// <summary>Loads roots that were loaded together before, if that takes little work.</summary>
    /// <returns>False if <see cref="LoadRoots"/> has to do it.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LoadKnownRoots(Guest* guest, LoadedRoots* roots, ulong kernelFrame, ulong userFrame) =>
        CacheRoots.LoadKnown(ref *(PageTableCache*)guest, roots, kernelFrame, userFrame);

    /// <summary>Drops roots that are loaded no more, until at most the guest's limit is left.</summary>
    public static void LimitRoots(Guest* guest) => RootSet.Limit(ref *(PageTableCache*)guest);

    /// <summary>Releases the roots of a virtual CPU that will not run again: they may be dropped.</summary>
    public static void ReleaseRoots(Guest* guest, LoadedRoots* roots) => CacheRoots.Release(ref *(PageTableCache*)guest, roots);

    /// <summary>Handles a page fault: translates the address, if the guest's tables allow the access.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="roots">What the current virtual CPU has loaded.</param>
    /// <param name="user">The access came from guest user mode.</param>
    /// <param name="address">A canonical address.</param>
    /// <param name="error">The processor's error code.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static FillResult Fill(Guest* guest, LoadedRoots* roots, bool user, ulong address, ulong error) =>
        CacheFill.Fill(ref *(PageTableCache*)guest, roots, user, address, error);

    /// <summary>
    /// The guest flushes: afterwards every translation is what a walk of the guest's tables would give.
    /// </summary>
    /// <returns>False if it was preempted because an interrupt woke a thread. When the same virtual CPU makes the call again, the work
    /// continues where it stopped.</returns>
    public static bool Flush(Guest* guest, LoadedRoots* roots) => CacheDrain.Run(ref *(PageTableCache*)guest, roots);

    /// <summary>The guest flushes one address (INVLPG): afterwards what the loaded roots translate it to is what the guest's tables say.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FlushAddress(Guest* guest, LoadedRoots* roots, ulong address) => CacheDrain.SyncAddress(ref *(PageTableCache*)guest, roots, address);

    /// <summary>
    /// Takes the guest's notes before guest user resumes, so that what the guest's kernel has just mapped costs no fault. The caller loads
    /// the guest user root, which flushes translations that are not global.
    /// </summary>
    /// <param name="guest">The guest.</param>
    /// <param name="roots">What the current virtual CPU has loaded.</param>
    /// <param name="waiting">The caller has seen that there are notes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void TakeNotes(Guest* guest, LoadedRoots* roots, bool waiting)
    {
        if (waiting || GuestNotes.Wait(ref *(PageTableCache*)guest))
        {
            CacheDrain.TakeNotes(ref *(PageTableCache*)guest, roots);
        }
    }
}
