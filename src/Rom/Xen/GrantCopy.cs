namespace Tierce.Rom.Xen;

/// <summary>
/// Copies between two of the guest's frames. Each is named by a grant that the guest has made to itself, or by its number.
/// </summary>
internal static unsafe class GrantCopy
{
    private const uint SourceIsGrant = 1;
    private const uint TargetIsGrant = 2;
    private const uint PageSize = 4096;

    /// <summary>struct gnttab_copy: source and target (grant or frame 0, domain 8, offset 10; 16 bytes each), then length 32, flags 34.</summary>
    internal static short Copy(byte* request)
    {
        uint length = *(ushort*)(request + 32);
        uint flags = *(ushort*)(request + 34);
        uint from = *(ushort*)(request + 10);
        uint to = *(ushort*)(request + 26);
        if (from + length > PageSize || to + length > PageSize)
        {
            return GrantStatus.BadCopy;
        }

        short status = Find(request, (flags & SourceIsGrant) != 0, write: false, out ulong source);
        if (status != GrantStatus.Okay)
        {
            return status;
        }

        status = Find(request + 16, (flags & TargetIsGrant) != 0, write: true, out ulong target);
        if (status == GrantStatus.Okay)
        {
            // SAFETY: both frames are RAM, and the window reaches them; the bytes lie within a page.
            byte* read = Machine.Window((source << 12) + from);
            byte* write = Machine.Window((target << 12) + to);
            for (uint i = 0; i < length; i++)
            {
                write[i] = read[i];
            }
        }

        return status;
    }

    private static short Find(byte* side, bool isGrant, bool write, out ulong frame)
    {
        ushort domain = *(ushort*)(side + 8);
        frame = *(ulong*)side;
        if (!isGrant)
        {
            // A frame of another domain cannot be named by number. Only hypercalls for page tables may write a page table.
            bool good = frame < Machine.Info->RamFrames && !(write && PageTables.IsPinned(frame));
            return domain != DomainId.Self ? GrantStatus.Denied : good ? GrantStatus.Okay : GrantStatus.BadPage;
        }

        if (!DomainId.IsCaller(domain))
        {
            return domain == DomainId.Monitor ? GrantStatus.GeneralError : GrantStatus.BadDomain;
        }

        uint reference = *(uint*)side;
        short status = GrantEntry.Take(reference, write, GrantMap.IsMapped(reference, writable: false), out frame);
        if (status != GrantStatus.BadReference)
        {
            GrantMap.Release(reference);
        }

        return status == GrantStatus.Okay && write && PageTables.IsPinned(frame) ? GrantStatus.GeneralError : status;
    }
}
