using System.Threading;
using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>The guest's page tables, which are plain guest memory: the ROM first writes the entry, then the note.</summary>
[AssemblyNames("PAGE")]
internal static unsafe class PageTables
{
    /// <summary>Bits of an entry that hold the address.</summary>
    internal const ulong AddressMask = 0x000f_ffff_ffff_f000;

    /// <summary>The entry is valid.</summary>
    internal const ulong Present = 1;

    private const ulong AccessedAndDirty = 0x60;
    private const ulong Large = 0x80;

    /// <summary>Writes the entry at a guest-physical address. Returns false if the frame does not exist.</summary>
    internal static bool Write(ulong address, ulong value)
    {
        if (!Guest.IsFrame(address >> 12))
        {
            return false;
        }

        // SAFETY: the frame is in the window, the address a multiple of 8.
        *(ulong*)Machine.Window(address) = value;
        Notes.Entry(address);
        return true;
    }

    /// <summary>Writes an entry but keeps the accessed and dirty bits that are set in the old one.</summary>
    internal static bool WritePreserving(ulong address, ulong value)
    {
        if (!Guest.IsFrame(address >> 12))
        {
            return false;
        }

        // SAFETY: as in Write.
        ref ulong entry = ref *(ulong*)Machine.Window(address);
        ulong old;
        do
        {
            old = entry;
        }
        while (Interlocked.CompareExchange(ref entry, value | (old & AccessedAndDirty), old) != old);
        Notes.Entry(address);
        return true;
    }

    /// <summary>Guest-physical address of the lowest-level entry of a virtual address in the kernel's tables; 0 if there is none.</summary>
    internal static ulong FindEntry(ulong address) => FindEntry(Machine.State->KernelRoot, address);

    /// <summary>The same address in the tables of a given top-level frame.</summary>
    internal static ulong FindEntry(ulong root, ulong address)
    {
        ulong table = root << 12;
        for (int shift = 39; ; shift -= 9)
        {
            if (!Guest.IsFrame(table >> 12))
            {
                return 0;
            }

            ulong slot = table + ((address >> shift & 511) * sizeof(ulong));
            if (shift == 12)
            {
                return slot;
            }

            ulong entry = *(ulong*)Machine.Window(slot);
            if ((entry & Present) == 0 || (shift != 39 && (entry & Large) != 0))
            {
                return 0;
            }

            table = entry & AddressMask;
        }
    }

    /// <summary>Whether the frame is marked as a page table. The caller has compared it with AllFrames.</summary>
    internal static bool IsPinned(ulong frame) => (BitmapWord(frame) >> (int)(frame & 63) & 1) != 0;

    /// <summary>Marks a frame as a page table.</summary>
    internal static void Pin(ulong frame)
    {
        ref ulong word = ref BitmapWord(frame);
        word |= 1UL << (int)(frame & 63);
    }

    /// <summary>Removes the mark.</summary>
    internal static void Unpin(ulong frame)
    {
        ref ulong word = ref BitmapWord(frame);
        word &= ~(1UL << (int)(frame & 63));
        Notes.Drop(frame);
    }

    private static ref ulong BitmapWord(ulong frame)
    {
        // SAFETY: the caller has compared the frame with AllFrames, for which the bitmap has room.
        ulong bitmap = Machine.Info->TableBitmapFrame << 12;
        return ref *(ulong*)Machine.Window(bitmap + (frame >> 6 << 3));
    }
}
