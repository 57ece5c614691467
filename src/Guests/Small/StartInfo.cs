using System.Runtime.InteropServices;

namespace Tierce.Guests.Small;

/// <summary>The part of Xen's start_info that this kernel reads (public header <c>xen.h</c>, x86-64).</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct StartInfo
{
    /// <summary>Machine address of shared_info.</summary>
    [FieldOffset(40)] public ulong SharedInfo;

    /// <summary>Frame of the console's ring.</summary>
    [FieldOffset(72)] public ulong ConsoleFrame;

    /// <summary>Event channel of the console.</summary>
    [FieldOffset(80)] public uint ConsolePort;
}
