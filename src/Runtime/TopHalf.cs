using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>
/// A driver's secure top half: GET waits for the interrupt (or a client's wish), the driver then quiets its device and says so,
/// and SND hands on to a client. The kernel wakes the driver straight from the interrupt, so nothing stands between the two.
/// </summary>
public struct TopHalf
{
    private readonly Notification _events;
    private readonly Interrupt _interrupt;

    /// <summary>Bit of the driver's notification that its interrupt sets.</summary>
    public const ulong InterruptBit = 1;

    /// <summary>A top half that waits on <paramref name="events"/>.</summary>
    public TopHalf(Notification events, Interrupt interrupt)
    {
        _events = events;
        _interrupt = interrupt;
    }

    /// <summary>Binds the interrupt, which unmasks it. The device should be set up before.</summary>
    public readonly Status Open(bool level) => _interrupt.Bind(_events, InterruptBit, level);

    /// <summary>GET: waits for the interrupt or for clients' bits. Returns 0 at the deadline, a value of the time-stamp counter.</summary>
    public readonly ulong Get(ulong deadline = Notification.NoDeadline) => _events.Wait(deadline);

    /// <summary>
    /// The device is quiet: unmask its line. With an edge-triggered line, an edge while it was masked is lost, so the driver
    /// looks at its device once more after this.
    /// </summary>
    public readonly Status Quieted() => _interrupt.Acknowledge();

    /// <summary>SND and GET in one kernel call.</summary>
    public readonly ulong SendAndGet(Notification client, ulong bits, ulong deadline = Notification.NoDeadline) => client.SignalAndWait(bits, _events, deadline);

    /// <summary>SND: hands on to a client.</summary>
    public static Status Send(Notification client, ulong bits) => client.Signal(bits);
}
