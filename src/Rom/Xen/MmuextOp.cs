using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 26: pins and unpins tables, sets the roots, flushes. Pins are memory writes. Roots and flushes are done at the end of the
/// batch, by one kernel call.
/// </summary>
internal static unsafe class MmuextOp
{
    /// <summary>Size of struct mmuext_op: command (32 bits), then two arguments.</summary>
    private const ulong RequestSize = 24;
    private const ulong CountMask = 0x7fff_ffff;
    private const int WordsPerPage = 512;

    private enum Command
    {
        PinLevel1 = 0,
        PinLevel4 = 3,
        Unpin = 4,
        NewRoot = 5,
        FlushLocal = 6,
        InvalidateLocal = 7,
        FlushMulti = 8,
        InvalidateMulti = 9,
        FlushAll = 10,
        InvalidateAll = 11,
        FlushCache = 12,
        SetLdt = 13,
        NewUserRoot = 15,
        ClearPage = 16,
        CopyPage = 17,
        FlushCacheGlobal = 18,
    }

    internal static long Run(ulong requests, ulong count, ulong doneAddress, ulong domain)
    {
        count &= CountMask;
        if ((ushort)domain != DomainId.Self)
        {
            return Errno.Permission;
        }

        if (count == 0)
        {
            return 0;
        }

        byte* list = Guest.Read(requests, count * RequestSize);
        if (list == null)
        {
            return Errno.Fault;
        }

        long result = 0;
        ulong done = 0;
        for (; done < count; done++, list += RequestSize)
        {
            result = One((Command)(*(uint*)list), *(ulong*)(list + 8), *(ulong*)(list + 16));
            if (result != 0)
            {
                break;
            }
        }

        return Guest.Store(doneAddress, (uint)done) ? result : Errno.Fault;
    }

    private static long One(Command command, ulong first, ulong second)
    {
        switch (command)
        {
            case >= Command.PinLevel1 and <= Command.PinLevel4:
                return Pin(first);
            case Command.Unpin:
                return Unpin(first);
            case Command.NewRoot:
                return NewRoot(first);
            case Command.NewUserRoot:
                return NewUserRoot(first);
            case Command.FlushLocal or Command.FlushMulti or Command.FlushAll:
                Batch.Flush();
                return 0;
            case Command.InvalidateLocal or Command.InvalidateMulti or Command.InvalidateAll:
                Batch.Invalidate(first);
                return 0;
            case Command.FlushCache or Command.FlushCacheGlobal:
                return 0; // no device accesses guest memory past the caches
            case Command.SetLdt:
                return SetLdt(first, second);
            case Command.ClearPage:
                return Fill(first, null);
            case Command.CopyPage:
                return Guest.IsFrame(second) ? Fill(first, (ulong*)Machine.Window(second << 12)) : Errno.Invalid;
            default:
                return Errno.NoCall;
        }
    }

    private static long SetLdt(ulong address, ulong entries)
    {
        if (entries > VCpuPage.MostLdtEntries || (entries != 0 && (address & 0xfff) != 0))
        {
            return Errno.Invalid;
        }

        DescriptorFrames.SetLdt(address, (uint)entries);
        return 0;
    }

    private static long Pin(ulong frame)
    {
        if (!Guest.IsFrame(frame))
        {
            return Errno.Invalid;
        }

        PageTables.Pin(frame);
        return 0;
    }

    private static long Unpin(ulong frame)
    {
        if (!Guest.IsFrame(frame))
        {
            return Errno.Invalid;
        }

        PageTables.Unpin(frame);
        return 0;
    }

    private static long NewRoot(ulong frame)
    {
        if (!Guest.IsFrame(frame))
        {
            return Errno.Invalid;
        }

        Machine.State->KernelRoot = frame;
        Batch.LoadRoot();
        return 0;
    }

    private static long NewUserRoot(ulong frame)
    {
        if (!Guest.IsFrame(frame))
        {
            return Errno.Invalid;
        }

        Machine.State->UserRoot = frame;
        Batch.LoadRoot();
        return 0;
    }

    private static long Fill(ulong frame, ulong* source)
    {
        if (!Guest.IsFrame(frame))
        {
            return Errno.Invalid;
        }

        // SAFETY: both frames are in the window.
        ulong* target = (ulong*)Machine.Window(frame << 12);
        for (int i = 0; i < WordsPerPage; i++)
        {
            target[i] = source == null ? 0 : source[i];
        }

        return 0;
    }
}
