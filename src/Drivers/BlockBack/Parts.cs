using System.Runtime.CompilerServices;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.BlockBack;

/// <summary>A piece of a request that the driver has: one head of the client.</summary>
public struct Part
{
    /// <summary>The request's place in the table of requests.</summary>
    public byte Request;

    /// <summary>It is in use.</summary>
    public bool Active;

    /// <summary>Head, and index in the channel.</summary>
    public uint Head, Index;

    /// <summary>First sector on the disk.</summary>
    public ulong Sector;

    /// <summary>First byte in the request; bytes, 0 for a flush; place in the buffers.</summary>
    public uint First, Bytes, BufferOffset;

    /// <summary>Page and pages of the buffers; no pages for a flush, and for the small page.</summary>
    public uint Page, Pages;

    /// <summary>The last copies of it: first in the list, and how many.</summary>
    public int FirstCopy, Copies;
}

/// <summary>The parts of a device, by the tag that the driver's answers repeat.</summary>
[InlineArray((int)BlockChannel.Entries)]
public struct Parts
{
    private Part _first;

    /// <summary>A part; the caller stays below <see cref="BlockChannel.Entries"/>.</summary>
    public static ref Part At(ref Parts parts, uint tag) => ref Unsafe.Add(ref parts._first, (int)tag);
}

/// <summary>Tags of answers, as many as a driver gives at once.</summary>
[InlineArray((int)BlockChannel.Entries)]
public struct Tags
{
    private uint _first;
}

/// <summary>The requests of a device, by slot of its ring.</summary>
[InlineArray((int)FrontRing.Slots)]
public struct Requests
{
    private RingRequest _first;

    /// <summary>A request; the caller stays below <see cref="FrontRing.Slots"/>.</summary>
    public static ref RingRequest At(ref Requests requests, uint index) => ref Unsafe.Add(ref requests._first, (int)index);
}
