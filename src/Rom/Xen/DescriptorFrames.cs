using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Records in the vCPU page which frames hold the guest's GDT and LDT. The kernel keeps sanitised copies, which it makes again at the end
/// of a hypercall that changed something.
/// </summary>
internal static unsafe class DescriptorFrames
{
    // SAFETY: the window, at a frame that was compared with the limit.

    /// <summary>Descriptors in a frame.</summary>
    internal const uint EntriesPerFrame = 512;

    /// <summary>The guest has moved its GDT.</summary>
    internal static void SetGdt(ulong* frames, uint entries)
    {
        VCpuPage* page = Machine.VCpu;
        page->GdtEntries = entries;
        for (uint i = 0; i < Frames(entries); i++)
        {
            page->GdtFrames[i] = (uint)frames[i];
        }

        CallCounts.Enter(VmCall.LoadDescriptors, (ulong)DescriptorTable.Gdt, 0, VCpuPage.MostGdtEntries);
    }

    /// <summary>The guest has moved its LDT to a page boundary of its kernel's address space.</summary>
    internal static void SetLdt(ulong address, uint entries)
    {
        VCpuPage* page = Machine.VCpu;
        if ((page->LdtEntries | entries) == 0)
        {
            return;
        }

        page->LdtEntries = entries;
        for (uint i = 0; i < Frames(entries); i++)
        {
            ulong entry = PageTables.FindEntry(address + ((ulong)i << 12));
            ulong value = entry == 0 ? 0 : *(ulong*)Machine.Window(entry);
            page->LdtFrames[i] = (value & PageTables.Present) != 0 ? (uint)((value & PageTables.AddressMask) >> 12) : uint.MaxValue;
        }

        CallCounts.Enter(VmCall.LoadDescriptors, (ulong)DescriptorTable.Ldt, 0, VCpuPage.MostLdtEntries);
    }

    /// <summary>
    /// The descriptor at a guest-physical address has changed. If it is in one of the tables, the batch reports it to the kernel at its
    /// end.
    /// </summary>
    internal static void Changed(ulong address)
    {
        VCpuPage* page = Machine.VCpu;
        uint entry = (uint)(address & 0xfff) / sizeof(ulong);
        Find(DescriptorTable.Gdt, page->GdtFrames, page->GdtEntries, (uint)(address >> 12), entry);
        Find(DescriptorTable.Ldt, page->LdtFrames, page->LdtEntries, (uint)(address >> 12), entry);
    }

    private static void Find(DescriptorTable table, uint* frames, uint entries, uint frame, uint entry)
    {
        for (uint i = 0; i < Frames(entries); i++)
        {
            if (frames[i] == frame)
            {
                Batch.Descriptor(table, (i * EntriesPerFrame) + entry);
            }
        }
    }

    private static uint Frames(uint entries) => (entries + EntriesPerFrame - 1) / EntriesPerFrame;
}
