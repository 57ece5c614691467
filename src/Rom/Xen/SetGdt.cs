using Tierce.Abi;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 2: names the frames of the guest's descriptor table, of which the kernel makes a sanitised copy. Xen's flat selectors keep
/// their places. Enters the kernel once.
/// </summary>
internal static unsafe class SetGdt
{
    // SAFETY: a list that was checked as a whole.

    internal static long Run(ulong frames, ulong entries)
    {
        if (entries > VCpuPage.MostGdtEntries)
        {
            return Errno.Invalid;
        }

        ulong count = (entries + DescriptorFrames.EntriesPerFrame - 1) / DescriptorFrames.EntriesPerFrame;
        ulong* list = count == 0 ? null : (ulong*)Guest.Read(frames, count * sizeof(ulong));
        if (list == null && count != 0)
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

        DescriptorFrames.SetGdt(list, (uint)entries);
        return 0;
    }
}
