using System.Buffers.Binary;

namespace Tierce.Boot.Tests;

/// <summary>One entry of a <see cref="DiskLog"/>.</summary>
/// <param name="Sector">First sector of a write.</param>
/// <param name="Data">What was written; empty for a flush.</param>
/// <param name="IsFlush">What was written before is stable from here on.</param>
internal sealed record DiskLogEntry(long Sector, byte[] Data, bool IsFlush);

/// <summary>
/// What a disk was told, in order: QEMU's block filter blklogwrites writes it, in the format of Linux's dm-log-writes (see the kernel's
/// Documentation/admin-guide/device-mapper/log-writes.rst). From it follows every state in which the disk may be found after a crash.
/// </summary>
internal sealed class DiskLog
{
    private const int SectorSize = 512, FlushFlag = 1, DiscardFlag = 4;

    private readonly byte[] _before;

    /// <summary>Reads a log.</summary>
    /// <param name="before">The disk before the first entry.</param>
    /// <param name="path">The log.</param>
    public DiskLog(byte[] before, string path)
    {
        _before = before;
        byte[] log = File.ReadAllBytes(path);
        int at = SectorSize;
        List<DiskLogEntry> entries = [];

        // The first sector has a count, which QEMU brings up to date at a flush alone.
        while (at + SectorSize <= log.Length)
        {
            ReadOnlySpan<byte> head = log.AsSpan(at, SectorSize);
            long sector = BinaryPrimitives.ReadInt64LittleEndian(head);
            int bytes = (int)BinaryPrimitives.ReadInt64LittleEndian(head[8..]) * SectorSize;
            long flags = BinaryPrimitives.ReadInt64LittleEndian(head[16..]);
            Assert.Equal(0, flags & DiscardFlag);
            at += SectorSize;
            if ((flags & FlushFlag) != 0)
            {
                entries.Add(new DiskLogEntry(0, [], IsFlush: true));
            }

            if (bytes != 0)
            {
                entries.Add(new DiskLogEntry(sector, log.AsSpan(at, bytes).ToArray(), IsFlush: false));
                at += bytes;
            }
        }

        Entries = entries;
    }

    /// <summary>All entries.</summary>
    public IReadOnlyList<DiskLogEntry> Entries { get; }

    /// <summary>
    /// The disk as it may be found when the machine crashes before an entry: with all that is stable, and of the writes since the last flush
    /// with those that are chosen.
    /// </summary>
    /// <param name="end">Number of the entry.</param>
    /// <param name="survives">Whether a write that is not stable has reached the disk; it gets the entry's number.</param>
    public byte[] Crash(int end, Func<int, bool> survives)
    {
        int flush = end - 1;
        while (flush >= 0 && !Entries[flush].IsFlush)
        {
            flush--;
        }

        byte[] disk = [.. _before];
        for (int i = 0; i < end; i++)
        {
            if (!Entries[i].IsFlush && (i < flush || survives(i)))
            {
                Entries[i].Data.CopyTo(disk.AsSpan(checked((int)Entries[i].Sector * SectorSize)));
            }
        }

        return disk;
    }
}
