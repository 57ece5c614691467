using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>Builds the path of a node of a disk, front end's or back end's.</summary>
public struct DiskPath
{
    /// <summary>Number of Xen's first virtual disk, xvda (Xen's vbd-interface document): major 202; 16 minors for each disk.</summary>
    private const uint FirstDisk = 202 << 8, DiskDistance = 16;

    private Room _room;
    private int _length;

    [InlineArray(StoreNode.PathSize)]
    private struct Room
    {
        private byte _first;
    }

    /// <summary>Text so far.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> Text => Bytes.Slice(0, _length);

    [UnscopedRef]
    private Span<byte> Bytes => MemoryMarshal.CreateSpan(ref Unsafe.As<Room, byte>(ref _room), StoreNode.PathSize);

    /// <summary>The virtual device's number of a disk, counted from 0.</summary>
    public static uint Number(int disk) => FirstDisk + ((uint)disk * DiskDistance);

    /// <summary>The node above all front ends of disks.</summary>
    public static ReadOnlySpan<byte> FrontEnds => "/local/domain/1/device/vbd"u8;

    /// <summary>A node below a disk's front end.</summary>
    public static DiskPath Front(int disk, ReadOnlySpan<byte> node) => Make("/local/domain/1/device/vbd/"u8, disk, node);

    /// <summary>A node below a disk's back end.</summary>
    public static DiskPath Back(int disk, ReadOnlySpan<byte> node) => Make("/local/domain/0/backend/vbd/1/"u8, disk, node);

    private static DiskPath Make(ReadOnlySpan<byte> head, int disk, ReadOnlySpan<byte> node)
    {
        DiskPath path = default;
        path.Append(head);
        path._length += DecimalText.Write(path.Bytes.Slice(path._length), Number(disk));
        if (node.Length != 0)
        {
            path.Append("/"u8);
            path.Append(node);
        }

        return path;
    }

    private void Append(scoped ReadOnlySpan<byte> text)
    {
        text.CopyTo(Bytes.Slice(_length));
        _length += text.Length;
    }
}
