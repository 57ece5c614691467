using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.Rom.State;

/// <summary>Xen's vcpu_info (public xen.h), 64 bytes, in guest memory.</summary>
[AssemblyNames("VCPU_INFO")]
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct VcpuInfo
{
    /// <summary><see cref="UpcallPending"/> and <see cref="UpcallMask"/> as one word; 1 when an event is pending and not masked.</summary>
    [FieldOffset(0)] internal ushort Upcall;

    /// <summary>1 when an event waits for delivery.</summary>
    [FieldOffset(0)] internal byte UpcallPending;

    /// <summary>Not 0 while the guest masks events.</summary>
    [FieldOffset(1)] internal byte UpcallMask;

    /// <summary>One bit for each word of pending ports that has a new bit.</summary>
    [FieldOffset(8)] internal ulong PendingSelector;

    /// <summary>Address of the last page fault.</summary>
    [FieldOffset(16)] internal ulong Cr2;

    /// <summary>Clock of this virtual CPU.</summary>
    [FieldOffset(32)] internal TimeInfo Time;
}

/// <summary>Xen's vcpu_time_info (public xen.h), 32 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 32)]
internal struct TimeInfo
{
    /// <summary>XEN_PVCLOCK_TSC_STABLE_BIT: the figures hold on every virtual CPU.</summary>
    internal const byte TscStable = 1;

    /// <summary>Odd while being written.</summary>
    [FieldOffset(0)] internal uint Version;

    /// <summary>TSC at which <see cref="SystemTime"/> was the system time.</summary>
    [FieldOffset(8)] internal ulong TscTimestamp;

    /// <summary>Nanoseconds since the guest's start at that moment.</summary>
    [FieldOffset(16)] internal ulong SystemTime;

    /// <summary>Factor, fixed point 0.32.</summary>
    [FieldOffset(24)] internal uint TscToSystemMul;

    /// <summary>Shift before the multiplication; negative to the right.</summary>
    [FieldOffset(28)] internal sbyte TscShift;

    /// <summary>See <see cref="TscStable"/>.</summary>
    [FieldOffset(29)] internal byte Flags;
}

/// <summary>The part of Xen's shared_info (public xen.h) that the ROM uses.</summary>
[StructLayout(LayoutKind.Explicit, Size = 4096)]
internal struct SharedInfo
{
    /// <summary>vcpu_info of virtual CPU 0, until the guest moves it.</summary>
    [FieldOffset(0)] internal VcpuInfo VcpuInfo;

    /// <summary>First of 64 words, one bit for each port: an event is pending.</summary>
    [FieldOffset(2048)] internal ulong Pending;

    /// <summary>First of 64 words, one bit for each port: the guest masks it.</summary>
    [FieldOffset(2560)] internal ulong Mask;
}
