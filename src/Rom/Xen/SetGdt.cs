namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 2: names the frames of the guest's descriptor table. The processor's table is the kernel's own, with the flat
/// selectors that guests use, so the frames are only checked. Enters the kernel: no.
/// </summary>
internal static unsafe class SetGdt
{
    /// <summary>Entries below Xen's own part of the table (FIRST_RESERVED_GDT_ENTRY).</summary>
    private const ulong MostEntries = 14 * 512;
    private const ulong EntriesPerFrame = 512;

    internal static long Run(ulong frames, ulong entries)
    {
        if (entries > MostEntries)
        {
            return Errno.Invalid;
        }

        ulong count = (entries + EntriesPerFrame - 1) / EntriesPerFrame;
        if (count == 0)
        {
            return 0;
        }

        ulong* list = (ulong*)Guest.Read(frames, count * sizeof(ulong));
        if (list == null)
        {
            return Errno.Fault;
        }

        for (ulong i = 0; i < count; i++)
        {
            if (!Guest.IsFrame(list[i]))
            {
                return Errno.Invalid;
            }
        }

        return 0;
    }
}
