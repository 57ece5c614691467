namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 14: writes the lowest-level entry of a virtual address in the current kernel tables. Enters the kernel once if a flush is
/// requested, at the end of the batch.
/// </summary>
internal static class UpdateVaMapping
{
    private const ulong FlushTypeMask = 3;
    private const ulong TlbFlush = 1;
    private const ulong InvalidatePage = 2;

    /// <summary>Hypercall 22: the same for a named domain. Only the caller exists.</summary>
    internal static long RunOther(ulong address, ulong value, ulong flags, ulong domain) =>
        DomainId.IsCaller((ushort)domain) ? Run(address, value, flags) : DomainId.Refusal((ushort)domain);

    internal static long Run(ulong address, ulong value, ulong flags)
    {
        ulong entry = PageTables.FindEntry(address);
        if (entry == 0)
        {
            return Errno.Invalid;
        }

        PageTables.Write(entry, value);
        switch (flags & FlushTypeMask)
        {
            case TlbFlush:
                Batch.Flush();
                break;
            case InvalidatePage:
                Batch.Invalidate(address);
                break;
        }

        return 0;
    }
}
