using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>
/// Writes a guest's initial page tables, with the protections that Xen's domain builder sets: table frames are read-only in the mapping;
/// upper levels have the user bit, pages do not (only so can the guest's kernel recognise its own).
/// </summary>
public static class InitialTables
{
    private const ulong Present = 1;
    private const ulong Write = 2;
    private const ulong User = 4;
    private const ulong Accessed = 32;
    private const ulong Dirty = 64;
    private const ulong PageBits = Present | Write | Accessed;
    private const ulong TableBits = Present | Write | User | Accessed | Dirty;

    /// <summary>Writes all tables of the layout and sets their bits in the table bitmap, whose frames must be zero before.</summary>
    public static void Build<T>(ref T frames, in GuestLayout layout)
        where T : struct, IGuestFrames
    {
        frames.Frame(layout.RootFrame).Clear();
        WriteRange(ref frames, layout, layout.KernelTables, layout.RootFrame, firstFrame: 0);
        Mark(ref frames, layout, layout.RootFrame, layout.TableFrames);
        if (layout.P2MTables.Frames != 0)
        {
            WriteRange(ref frames, layout, layout.P2MTables, layout.RootFrame, layout.P2MFrame);
            Mark(ref frames, layout, layout.P2MFrame + layout.P2MListFrames, layout.P2MTables.Frames);
        }
    }

    private static void WriteRange<T>(ref T frames, in GuestLayout layout, in TableRange range, ulong root, ulong firstFrame)
        where T : struct, IGuestFrames
    {
        Link(ref frames, root, range, 3);
        for (int level = 3; level >= 1; level--)
        {
            ulong firstTable = TableRange.Index(range.First, level);
            for (ulong i = 0; i < range.Count(level); i++)
            {
                Span<ulong> table = Entries(frames.Frame(range.Frame(level) + i));
                table.Clear();
                if (level == 1)
                {
                    FillPages(table, layout, range, firstTable + i, firstFrame);
                }
                else
                {
                    FillTables(table, range, firstTable + i, level - 1);
                }
            }
        }
    }

    /// <summary>Puts the range's tables of level 3 into the top-level table, which another range may share.</summary>
    private static void Link<T>(ref T frames, ulong root, in TableRange range, int level)
        where T : struct, IGuestFrames
    {
        Span<ulong> top = Entries(frames.Frame(root));
        ulong first = TableRange.Index(range.First, level);
        for (ulong i = 0; i < range.Count(level); i++)
        {
            top[(int)((first + i) & 511)] = ((range.Frame(level) + i) << 12) | TableBits;
        }
    }

    private static void FillTables(Span<ulong> table, in TableRange range, ulong tableIndex, int childLevel)
    {
        ulong first = TableRange.Index(range.First, childLevel);
        ulong last = TableRange.Index(range.Last, childLevel);
        for (int i = 0; i < 512; i++)
        {
            ulong child = (tableIndex << 9) + (ulong)i;
            if (child >= first && child <= last)
            {
                table[i] = ((range.Frame(childLevel) + child - first) << 12) | TableBits;
            }
        }
    }

    private static void FillPages(Span<ulong> table, in GuestLayout layout, in TableRange range, ulong tableIndex, ulong firstFrame)
    {
        ulong first = TableRange.Index(range.First, 0);
        ulong last = TableRange.Index(range.Last, 0);
        for (int i = 0; i < 512; i++)
        {
            ulong page = (tableIndex << 9) + (ulong)i;
            if (page >= first && page <= last)
            {
                ulong frame = firstFrame + page - first;
                ulong bits = IsTable(layout, frame) ? PageBits & ~Write : PageBits;
                table[i] = (frame << 12) | bits;
            }
        }
    }

    private static bool IsTable(in GuestLayout layout, ulong frame) => frame - layout.RootFrame < layout.TableFrames;

    private static void Mark<T>(ref T frames, in GuestLayout layout, ulong first, ulong count)
        where T : struct, IGuestFrames
    {
        for (ulong frame = first; frame < first + count; frame++)
        {
            Span<byte> bitmap = frames.Frame(layout.TableBitmap + (frame / (8 * 4096)));
            bitmap[(int)((frame / 8) % 4096)] |= (byte)(1 << (int)(frame % 8));
        }
    }

    private static Span<ulong> Entries(Span<byte> frame) => MemoryMarshal.Cast<byte, ulong>(frame);
}
