using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>
/// Page tables that hold anything: frames of others, loops, tables of the wrong level. In one half of the rounds all writes are noted and
/// flushed as required: then whatever answers must be a frame of this guest, by every entry on the way. In the other half entries are
/// written without a note, and what answers may be stale.
/// </summary>
internal static unsafe class TableAttack
{
    /// <summary>A slot of the root after the hole that the initial tables leave empty.</summary>
    private const int Slot = 300;
    private const ulong Region = 0xffff_0000_0000_0000 | ((ulong)Slot << 39);
    private const ulong TableCount = 6;
    private const ulong Entries = 8;
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;
    private const ulong Present = 1;
    private const uint Unpin = 4, FlushAll = 6, FlushOne = 7;

    /// <summary>Frames after this guest's own among which entries point: other guests' memory, and the kernel's.</summary>
    private const ulong ForeignFrames = 0x1_0000;

    /// <summary>Number of tables filled, and of accesses through them.</summary>
    /// <returns>False if a frame answered that is not this guest's; it is in the log.</returns>
    public static bool Run(ref Values values, ulong rounds)
    {
        for (ulong i = 0; i < rounds; i++)
        {
            bool honest = (i & 1) == 0;
            Link(ref values, Values.FirstVictim + (honest ? 0 : TableCount), honest);
            for (int access = 0; access < 8; access++)
            {
                ulong address = Region;
                for (int shift = 12; shift <= 30; shift += 9)
                {
                    address |= values.Below(Entries) << shift;
                }

                bool write = values.OneIn(3);
                int outcome = Attempt.Kernel(address, write);
                Chronicle.Attempts++;
                if (honest && outcome == Attempt.Done && !IsOwn(address, out ulong frame))
                {
                    Line.Begin(write ? "BREACH: writes foreign frame "u8 : "BREACH: reads foreign frame "u8);
                    Line.Hex(frame);
                    Line.End();
                    return false;
                }
            }

            Xen.TakeProbe();
        }

        Set(Slot, 0);
        Chronicle.Save();
        return true;
    }

    private static void Link(ref Values values, ulong first, bool honest)
    {
        Set(Slot, (first << 12) | 0x67);
        for (ulong i = 0; i < 16; i++)
        {
            // Frames that no other part of this guest uses: accessed bits are set in whatever is taken for a table.
            ulong table = first + values.Below(TableCount);
            ulong frame = values.Below(4) switch
            {
                0 => Values.FirstVictim + Values.Victims - 1 - values.Below(64),
                1 => Machine.Info->AllFrames + values.Below(ForeignFrames),
                _ => first + values.Below(TableCount),
            };
            ulong entry = (frame << 12) | (values.OneIn(4) ? values.Next() & 0xfff : 0x67) | (values.OneIn(8) ? values.Next() << 52 : 0);
            ulong index = values.Below(Entries);
            if (!honest && values.OneIn(2))
            {
                Machine.Frame(table)[index] = entry;
            }
            else
            {
                Update((table << 12) | (index * 8), entry);
            }
        }

        if (values.OneIn(4))
        {
            Xen.Mmuext(values.OneIn(2) ? (uint)values.Below(4) : Unpin, first + values.Below(TableCount));
        }

        Xen.Mmuext(honest || values.OneIn(2) ? FlushAll : FlushOne, Region);
    }

    private static void Set(int slot, ulong entry) => Update((Machine.Info->InitialRootFrame << 12) | ((ulong)slot * 8), entry);

    private static void Update(ulong at, ulong entry)
    {
        ulong* request = stackalloc ulong[2];
        request[0] = at;
        request[1] = entry;
        Xen.Call(Xen.MmuUpdate, (ulong)request, 1, 0, Xen.Self);
    }

    /// <summary>Whether guest kernel's tables lead to a frame of this guest; or end before that.</summary>
    public static bool IsOwn(ulong address, out ulong frame)
    {
        frame = Machine.Info->InitialRootFrame;
        for (int shift = 39; shift >= 12; shift -= 9)
        {
            ulong entry = Machine.Frame(frame)[(address >> shift) & 511];
            frame = (entry & AddressMask) >> 12;
            if ((entry & Present) == 0)
            {
                return true;
            }

            if (frame >= Machine.Info->AllFrames)
            {
                return false;
            }
        }

        return true;
    }
}
