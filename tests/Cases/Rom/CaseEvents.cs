using System.Runtime;
using Tierce.Abi;
using Tierce.Cases;

namespace Tierce.RomNative;

/// <summary>What vmint.S calls where events are taken in the interrupted context.</summary>
internal static unsafe class CaseEvents
{
    // SAFETY: the case's own part of a page that the monitor maps for it.

    /// <summary>Events are delivered; those that come meanwhile wait.</summary>
    /// <param name="frame">The interrupted registers, on the guest's stack.</param>
    /// <param name="inRegion">0, or 1 and the offset in it (shifted by 8), if the interrupt came between ENABLE and RET.</param>
    [RuntimeExport("case_upcall")]
    internal static void Upcall(RegisterFrame* frame, ulong inRegion)
    {
        CasePage* page = (CasePage*)((byte*)Machine.Page + CasePage.Offset);
        if (inRegion != 0)
        {
            int offset = (int)(inRegion >> 8);
            page->InRegion++;
            page->RegionLow |= offset < 64 ? 1UL << offset : 0;
            page->RegionHigh |= offset < 64 ? 0 : 1UL << (offset - 64);
        }

        page->Highest = (ulong)frame > page->Highest ? (ulong)frame : page->Highest;
        page->Lowest = (ulong)frame < page->Lowest ? (ulong)frame : page->Lowest;
        frame->Rip = Machine.Restart(frame->Rip);
        Events.Interrupt();
    }
}
