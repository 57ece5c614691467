using Tierce.Abi;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Reads code of guest user. The guest's own descriptor tables give its place and how it is decoded; the guest's own page tables give its
/// bytes, because the loaded tables of the guest kernel need not reach them.
/// </summary>
internal static unsafe class CodeSegment
{
    // SAFETY: the window, at an entry that the walk found in a frame of the guest's, or in a frame that was compared with the
    // limit.

    private const ulong FlatCode64 = 0xe033;
    private const ulong FlatCode32 = 0xe023;
    private const ulong InLocalTable = 4;
    private const ulong LongBit = 1UL << 53;
    private const ulong WideBit = 1UL << 54;
    private const ulong PageSize = 4096;

    /// <summary>
    /// The mode and start of the segment that a selector of guest user names. The selector is loaded, so its descriptor was valid at that
    /// time.
    /// </summary>
    internal static CodeMode Mode(ulong selector, out ulong start)
    {
        start = 0;
        selector &= 0xffff;
        if (selector is FlatCode64 or FlatCode32)
        {
            return selector == FlatCode64 ? CodeMode.Bits64 : CodeMode.Bits32;
        }

        ulong descriptor = Descriptor(selector);
        if ((descriptor & LongBit) != 0)
        {
            return CodeMode.Bits64;
        }

        start = (descriptor >> 16 & 0xff_ffff) | (descriptor >> 56 << 24);
        return (descriptor & WideBit) != 0 ? CodeMode.Bits32 : CodeMode.Bits16;
    }

    /// <summary>Copies bytes of guest user's code. Returns how many it could copy.</summary>
    internal static int Fetch(byte* destination, ulong address, int count)
    {
        int done = 0;
        while (done < count)
        {
            byte* source = Find(address + (ulong)done);
            if (source == null)
            {
                break;
            }

            ulong left = PageSize - ((address + (ulong)done) & (PageSize - 1));
            for (; left != 0 && done < count; left--)
            {
                destination[done++] = *source++;
            }
        }

        return done;
    }

    /// <summary>A byte of guest user's memory, or null.</summary>
    private static byte* Find(ulong address)
    {
        if (!Guest.IsGuest(address, 1))
        {
            return null;
        }

        ulong entry = PageTables.FindEntry(Machine.State->UserRoot, address);
        ulong value = entry == 0 ? 0 : *(ulong*)Machine.Window(entry);
        bool there = (value & PageTables.Present) != 0 && Guest.IsFrame((value & PageTables.AddressMask) >> 12);
        return there ? Machine.Window((value & PageTables.AddressMask) | (address & (PageSize - 1))) : null;
    }

    private static ulong Descriptor(ulong selector)
    {
        VCpuPage* page = Machine.VCpu;
        bool local = (selector & InLocalTable) != 0;
        uint index = (uint)selector >> 3;
        uint entries = local ? page->LdtEntries : page->GdtEntries;
        uint most = local ? VCpuPage.MostLdtEntries : VCpuPage.MostGdtEntries;
        if (index >= entries || index >= most)
        {
            return 0;
        }

        uint* frames = local ? page->LdtFrames : page->GdtFrames;
        ulong frame = frames[index / DescriptorFrames.EntriesPerFrame];
        return Guest.IsFrame(frame) ? *(ulong*)Machine.Window((frame << 12) | (index % DescriptorFrames.EntriesPerFrame * sizeof(ulong))) : 0;
    }
}
