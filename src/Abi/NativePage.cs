using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The page that a guest of the native interface shares with its monitor and its ROM. It lies in the window
/// (<see cref="HoleLayout.Window"/>), through which a native guest's kernel reaches all of its frames. Clock and pending word have the
/// places at which the monitor writes them for every guest.
/// </summary>
[AssemblyNames("NATIVE")]
[StructLayout(LayoutKind.Explicit, Size = 4096)]
public struct NativePage
{
    /// <summary>Owner of the ELF notes of a native guest, with its ending zero.</summary>
    public static ReadOnlySpan<byte> NoteOwner => "Tierce\0"u8;

    /// <summary>1 while the guest wants no events. Written by the guest; 1 at start.</summary>
    [FieldOffset(1)] public byte Mask;

    /// <summary>
    /// 1: the guest's user mode shall stop soon. The guest writes it, for a run that continues or begins; the ROM clears it when user mode
    /// has stopped.
    /// </summary>
    [FieldOffset(2)] public byte StopUser;

    /// <summary>Time-stamp counter at the guest's time 0.</summary>
    [FieldOffset(40)] public ulong TscAtZero;

    /// <summary>Nanoseconds since then are ticks, shifted left by <see cref="TscShift"/>, times this over 2^32.</summary>
    [FieldOffset(56)] public uint TscMultiplier;

    /// <summary>Left shift of the ticks, -31 to 31; a negative value shifts right.</summary>
    [FieldOffset(60)] public sbyte TscShift;

    /// <summary>
    /// The ROM's one entry, called as a System V function: number (<see cref="NativeCall"/>), then up to three arguments.
    /// </summary>
    [FieldOffset(64)] public ulong Call;

    /// <summary>Frames of RAM, from frame 0.</summary>
    [FieldOffset(72)] public ulong RamFrames;

    /// <summary>The first frame that the monitor has not used.</summary>
    [FieldOffset(80)] public ulong FreeFrame;

    /// <summary>Frame of the top-level table that the guest starts in.</summary>
    [FieldOffset(88)] public ulong RootFrame;

    /// <summary>Frame of the console's ring (layout: Xen's public <c>io/console.h</c>).</summary>
    [FieldOffset(96)] public ulong ConsoleFrame;

    /// <summary>Registers of user mode: loaded by <see cref="NativeCall.Run"/>, complete when it returns.</summary>
    [FieldOffset(128)] public RegisterFrame User;

    /// <summary>Vector of the exception that ended a run (<see cref="RunEnd.Exception"/>).</summary>
    [FieldOffset(288)] public ulong Vector;

    /// <summary>Error code of that exception, 0 where the processor pushes none.</summary>
    [FieldOffset(296)] public ulong ErrorCode;

    /// <summary>Fault address, if that exception is a page fault.</summary>
    [FieldOffset(304)] public ulong FaultAddress;

    /// <summary>Pending events (<see cref="NativeEvent"/>). Set by ROM and monitor with a locked OR, taken with XCHG.</summary>
    [FieldOffset(2048)] public ulong Pending;
}

/// <summary>Bits of <see cref="NativePage.Pending"/>.</summary>
public static class NativeEvent
{
    /// <summary>The deadline of <see cref="NativeCall.SetTimer"/> has passed.</summary>
    public const ulong Timer = 1UL << 0;

    /// <summary>The console has taken output or brought input.</summary>
    public const ulong Console = 1UL << 2;
}

/// <summary>Types of a native guest's ELF notes.</summary>
public enum NativeNote
{
    /// <summary>8 bytes: address of the first instruction.</summary>
    Entry = 1,

    /// <summary>8 bytes: virtual address at which frame 0 is to be mapped, aligned to 4 MiB, outside the hole.</summary>
    VirtualBase = 2,
}
