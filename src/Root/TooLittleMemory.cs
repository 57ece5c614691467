using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// Logs why a guest cannot have its memory, with comparable numbers: pages against pages, one range against one range. The required size is
/// rounded up to MiB and the available size down, so that the numbers show the same contradiction as the pages.
/// </summary>
public static class TooLittleMemory
{
    /// <summary>Most ranges in the list; the rest are smaller.</summary>
    private const int MostListed = 4;

    private const ulong PagesOfMiB = 256;

    /// <summary>Writes the line.</summary>
    /// <param name="name">The guest.</param>
    /// <param name="lack">What is lacking.</param>
    /// <param name="plan">What the guest needs.</param>
    /// <param name="pages">Free memory.</param>
    public static void Write(ReadOnlySpan<byte> name, MemoryLack lack, in GuestPlan plan, in PageAllocator pages)
    {
        Log log = Report.Guest(name);
        log.Text(": too little memory: "u8);
        switch (lack)
        {
            case MemoryLack.Pages: WritePages(ref log, plan, pages); break;
            case MemoryLack.Range: WriteRange(ref log, plan, pages); break;
            default: WriteCacheRange(ref log, plan, pages); break;
        }

        log.EndLine();
    }

    private static void WritePages(ref Log log, in GuestPlan plan, in PageAllocator pages)
    {
        log.Text("wants "u8);
        log.Decimal(Up(plan.All) + Up(plan.Cache) + Up(plan.Monitor));
        log.Text(" MiB (RAM "u8);
        log.Decimal(Up(plan.Ram));
        log.Text(", above it "u8);
        log.Decimal(Up(plan.All) - Up(plan.Ram));
        log.Text(", page tables "u8);
        log.Decimal(Up(plan.Cache));
        log.Text(", monitor "u8);
        log.Decimal(Up(plan.Monitor));
        log.Text("); free "u8);
        log.Decimal(pages.Free / PagesOfMiB);
        log.Text(" MiB, of which "u8);
        log.Decimal(Up(plan.Kept));
        log.Text(" are kept for others"u8);
    }

    private static void WriteRange(ref Log log, in GuestPlan plan, in PageAllocator pages)
    {
        log.Text("RAM "u8);
        log.Decimal(Up(plan.Ram));
        log.Text(" MiB and "u8);
        log.Decimal(Up(plan.All) - Up(plan.Ram));
        log.Text(" above it need one aligned range of "u8);
        log.Decimal(Up(plan.All));
        log.Text(" MiB"u8);
        WriteRanges(ref log, pages, GuestFootprint.LargePage);
    }

    private static void WriteCacheRange(ref Log log, in GuestPlan plan, in PageAllocator pages)
    {
        PageAllocator left = pages;
        left.TryTakeAligned(plan.All, GuestFootprint.LargePage, out _);
        log.Text("beside its own "u8);
        log.Decimal(Up(plan.All));
        log.Text(" MiB the page tables need one range of "u8);
        log.Decimal(Up(plan.Cache));
        log.Text(" MiB"u8);
        WriteRanges(ref log, left, alignment: 1);
    }

    /// <summary>Writes the sizes of the largest free ranges, each counted from one multiple of the alignment to another.</summary>
    public static void WriteRanges(ref Log log, in PageAllocator pages, ulong alignment)
    {
        log.Text("; free ranges: "u8);
        ulong bound = ulong.MaxValue;
        int boundRange = -1;
        for (int listed = 0; listed < MostListed; listed++)
        {
            int next = NextSmaller(pages, alignment, bound, boundRange);
            if (next < 0 || (listed > 0 && pages.FreeIn(next, alignment) < PagesOfMiB))
            {
                break;
            }

            log.Text(listed == 0 ? default : ", "u8);
            bound = pages.FreeIn(next, alignment);
            log.Decimal(bound / PagesOfMiB);
            boundRange = next;
        }

        log.Text(" MiB"u8);
    }

    /// <summary>The range that follows another in order of size, and of number where sizes are the same; -1 after the last.</summary>
    private static int NextSmaller(in PageAllocator pages, ulong alignment, ulong bound, int boundRange)
    {
        int best = -1;
        for (int i = 0; i < pages.Count; i++)
        {
            ulong free = pages.FreeIn(i, alignment);
            bool follows = free < bound || (free == bound && i > boundRange);
            if (follows && (best < 0 || free > pages.FreeIn(best, alignment)))
            {
                best = i;
            }
        }

        return best;
    }

    private static ulong Up(ulong pages) => (pages + PagesOfMiB - 1) / PagesOfMiB;
}
