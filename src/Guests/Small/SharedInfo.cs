using System.Threading;

namespace Tierce.Guests.Small;

/// <summary>Xen's shared_info page (public headers <c>xen.h</c>, <c>arch-x86/xen.h</c>, x86-64), for one virtual CPU.</summary>
internal static unsafe class SharedInfo
{
    private const int UpcallPending = 0;
    private const int UpcallMask = 1;
    private const int PendingSelector = 8;
    private const int SystemTime = 48;
    private const int EventPending = 2048;
    private const int EventMask = 2560;

    // SAFETY (all of this class): Program maps the page before its first use.

    /// <summary>System time, in nanoseconds, when the hypervisor wrote it last: the guest's start, so a lower bound of now.</summary>
    public static ulong StartTime => *(ulong*)(Xen.SharedPage() + SystemTime);

    /// <summary>Lets a port's events through. Ports below 64 alone.</summary>
    public static void Unmask(long port) => Interlocked.And(ref *(ulong*)(Xen.SharedPage() + EventMask), ~(1UL << (int)port));

    /// <summary>Lets events through at all.</summary>
    public static void EnableEvents() => Volatile.Write(ref *(Xen.SharedPage() + UpcallMask), 0);

    /// <summary>Holds all events back. Waiting for one lets them through again.</summary>
    public static void DisableEvents() => Volatile.Write(ref *(Xen.SharedPage() + UpcallMask), 1);

    /// <summary>Takes all pending events of ports below 64: one bit each.</summary>
    public static ulong Take()
    {
        byte* page = Xen.SharedPage();
        Volatile.Write(ref page[UpcallPending], 0);
        Interlocked.And(ref *(ulong*)(page + PendingSelector), 0);
        return Interlocked.Exchange(ref *(ulong*)(page + EventPending), 0);
    }
}
