using System.Runtime.InteropServices;

namespace Tierce.Rom.State;

/// <summary>One event channel port; 8 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
internal struct EventPort
{
    /// <summary>Ports that a guest can have. Xen's 2-level interface allows 4096; Linux with a few devices uses some twenty.</summary>
    internal const int Count = 256;

    /// <summary>Virtual interrupts (NR_VIRQS of Xen's public xen.h).</summary>
    internal const int Virqs = 24;

    /// <summary>State of the port.</summary>
    [FieldOffset(0)] internal PortKind Kind;

    /// <summary>Virtual interrupt number of a <see cref="PortKind.Virq"/>.</summary>
    [FieldOffset(1)] internal byte Virq;

    /// <summary>Domain at the other end (or that may bind to it).</summary>
    [FieldOffset(2)] internal ushort RemoteDomain;

    /// <summary>The other end's port.</summary>
    [FieldOffset(4)] internal uint RemotePort;
}

/// <summary>State of a port; the numbers are those of EVTCHNOP_status.</summary>
internal enum PortKind : byte
{
    /// <summary>Free.</summary>
    Closed = 0,

    /// <summary>Waits for the other end.</summary>
    Unbound = 1,

    /// <summary>Connected to another domain: here, to the monitor.</summary>
    Interdomain = 2,

    /// <summary>A virtual interrupt.</summary>
    Virq = 4,

    /// <summary>Raised by the guest itself.</summary>
    Ipi = 5,
}
