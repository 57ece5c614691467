using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>One copy of <see cref="KernelCall.GrantCopy"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
public struct GrantOperation
{
    /// <summary>Bytes of an operation.</summary>
    public const int Size = 16;

    /// <summary>The guest's grant reference.</summary>
    [FieldOffset(0)] public uint Reference;

    /// <summary>First byte in the granted page.</summary>
    [FieldOffset(4)] public ushort GuestOffset;

    /// <summary>Bytes, from 1 on; they do not leave the granted page.</summary>
    [FieldOffset(6)] public ushort Length;

    /// <summary>First byte in the buffer.</summary>
    [FieldOffset(8)] public uint BufferOffset;

    /// <summary><see cref="GrantCopyFlags"/>.</summary>
    [FieldOffset(12)] public ushort Flags;

    /// <summary>Written by the kernel: <see cref="GrantCopyResult"/>.</summary>
    [FieldOffset(14)] public short Result;
}

/// <summary>Flags of a <see cref="GrantOperation"/>.</summary>
[System.Flags]
public enum GrantCopyFlags
{
    /// <summary>From the guest to the buffer.</summary>
    None = 0,

    /// <summary>From the buffer to the guest.</summary>
    ToGuest = 1,

    /// <summary>The buffer is the memory of the operations.</summary>
    Own = 2,

    /// <summary>All flags.</summary>
    All = 3,
}

/// <summary>How a <see cref="GrantOperation"/> ended. Append only.</summary>
public enum GrantCopyResult
{
    /// <summary>Copied.</summary>
    Ok = 0,

    /// <summary>The reference lies beyond the table.</summary>
    BadReference = -1,

    /// <summary>The guest does not grant this to the peer, or keeps changing the entry.</summary>
    NotGranted = -2,

    /// <summary>The guest grants it for reading only, or the capability lacks the right.</summary>
    Denied = -3,

    /// <summary>The frame is none that the guest may grant.</summary>
    BadFrame = -4,

    /// <summary>Offset or length leave the page or the buffer, or a flag is unknown.</summary>
    BadRange = -5,
}

/// <summary>A guest's grant table, version 1. Source: Xen public header <c>grant_table.h</c>.</summary>
public static class GrantTable
{
    /// <summary>Bytes of an entry: flags (16 bits), peer (16 bits), frame (32 bits).</summary>
    public const int EntrySize = 8;

    /// <summary>Most pages of a table: a guest's pages above its RAM hold 32, Xen's default.</summary>
    public const ulong MostPages = 32;

    /// <summary>Mask of the entry's type, and the type that permits access.</summary>
    public const uint TypeMask = 3, PermitAccess = 1;

    /// <summary>The entry's flag for "reading only", and the flags by which the peer shows that it reads or writes.</summary>
    public const uint ReadOnly = 4, Reading = 8, Writing = 16;

    /// <summary>Shift of the peer in the first half of the entry.</summary>
    public const int PeerShift = 16;
}

/// <summary>Doorbells of a virtual CPU: notifications that its ROM signals without its monitor.</summary>
public static class VCpuDoorbell
{
    /// <summary>Doorbells of a virtual CPU: one for each of <see cref="VCpuEvent.Devices"/>.</summary>
    public const int Count = 8;
}
