using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.CallBench;

/// <summary>A second domain with two threads: one answers an endpoint's calls, one waits for a notification.</summary>
public readonly unsafe ref struct OtherDomain
{
    private const ulong Pool = 32;
    private const ulong Code = 0x0000_0000_1000_0000;
    private const ulong Window = 0x0000_0050_0000_0000;
    private const uint EndpointSlot = 1, NotificationSlot = 2;

    /// <summary>First of the slots in its table that stay empty.</summary>
    public const uint FreeSlot = 8;

    /// <summary>First address that stays unmapped in it.</summary>
    public const ulong FreeAddress = 0x0000_0000_4000_0000;

    /// <summary>Priority of its threads: the application's own.</summary>
    public const uint Priority = 12;

    private OtherDomain(Domain domain, Endpoint endpoint, Notification notification, Memory page)
    {
        Domain = domain;
        Endpoint = endpoint;
        Notification = notification;
        Page = page;
    }

    /// <summary>The domain.</summary>
    public readonly Domain Domain;

    /// <summary>Answered by it.</summary>
    public readonly Endpoint Endpoint;

    /// <summary>Waited for by it.</summary>
    public readonly Notification Notification;

    /// <summary>A page that is mapped nowhere.</summary>
    public readonly Memory Page;

    /// <summary>Builds it from the application's memory, and lets its threads come to where they wait.</summary>
    public static OtherDomain Build(in Application application, ref SlotAllocator slots)
    {
        var memory = new Memory(application.Startup.Slot(StartupPurpose.Memory));
        var events = new Notification(application.Startup.Slot(StartupPurpose.Events));
        Memory pool = Part(memory, 0, Pool, ref slots);
        Memory code = Part(memory, Pool, 1, ref slots);
        var domain = new Domain(slots.Take());
        Failure.Check(Domain.Create(pool, domain.Slot, events, 1), "creating a domain"u8);
        Failure.Check(code.Map(Domain.Own, Window, 0, 1, CapRights.Read | CapRights.Write, slots.Take()), "mapping its code here"u8);

        // SAFETY: mapped just now; the source lies in this program's text, and is less than a page.
        new ReadOnlySpan<byte>(Start(), (int)(End() - Start())).CopyTo(new Span<byte>((void*)Window, 4096));
        Failure.Check(code.Map(domain, Code, 0, 1, CapRights.Read | CapRights.Execute, slots.Take()), "mapping its code there"u8);

        var endpoint = new Endpoint(slots.Take());
        Failure.Check(Endpoint.Create(endpoint.Slot), "creating an endpoint"u8);
        Failure.Check(new Capability(endpoint.Slot).Delegate(domain, EndpointSlot, CapRights.Receive), "giving the endpoint"u8);
        var notification = new Notification(slots.Take());
        Failure.Check(Notification.Create(notification.Slot), "creating a notification"u8);
        Failure.Check(new Capability(notification.Slot).Delegate(domain, NotificationSlot, CapRights.Receive), "giving the notification"u8);
        StartThread(domain, 0, EndpointSlot, ref slots);
        StartThread(domain, (ulong)(Waiter() - Start()), NotificationSlot, ref slots);
        KernelCalls.Make(KernelCall.Yield);
        return new OtherDomain(domain, endpoint, notification, Part(memory, Pool + 1, 1, ref slots));
    }

    private static Memory Part(Memory memory, ulong first, ulong pages, ref SlotAllocator slots)
    {
        var part = new Memory(slots.Take());
        const CapRights Rights = CapRights.Read | CapRights.Write | CapRights.Execute | CapRights.Delegate;
        Failure.Check(memory.Derive(first, pages, Rights, part.Slot), "deriving memory"u8);
        return part;
    }

    private static void StartThread(Domain domain, ulong offset, uint argument, ref SlotAllocator slots)
    {
        var thread = new Thread(slots.Take());
        Failure.Check(Thread.Create(domain, thread.Slot, Code + offset, 0, Priority, 0, argument), "creating a thread"u8);
        Failure.Check(thread.Start(), "starting a thread"u8);
    }

    [RuntimeImport("*", "address_of_other_domain")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern byte* Start();

    [RuntimeImport("*", "address_of_other_waiter")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern byte* Waiter();

    [RuntimeImport("*", "address_of_other_end")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern byte* End();
}
