using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// A thread can wait for one thing. Ends of domains arrive by notifications, ends of guests by the endpoint. Further threads therefore wait
/// for the notifications and call the endpoint, so that one thread makes all decisions.
/// </summary>
public static class Watchers
{
    private const ulong FirstStackTop = 0x0000_0043_0000_0000;
    private const ulong StackPages = 4;

    /// <summary>From one stack's top to the next: a page between them is never mapped.</summary>
    private const ulong StackDistance = 0x1_0000;
    private const uint Priority = 20;
    private const uint Slice = 10_000;

    private static uint s_endpoint;
    private static uint s_firstEnds;

    /// <summary>
    /// Makes the endpoint, and for each group of domains its notification and its thread. With a control line one more group has no domains:
    /// its bits are those of that line.
    /// </summary>
    /// <param name="root">Gets the slots of both.</param>
    /// <param name="domains">How many domains there will be.</param>
    /// <param name="hasControl">There is a control line.</param>
    public static void Make(ref RootState root, int domains, bool hasControl)
    {
        root.EndpointSlot = root.Slots.Take();
        s_endpoint = root.Slots.Take();
        Failure.Check(Endpoint.Create(root.EndpointSlot), "creating the endpoint"u8);
        Failure.Check(
            new Capability(root.EndpointSlot).Delegate(Domain.Own, s_endpoint, CapRights.Send, DomainEnds.WatcherBadge),
            "the watchers' endpoint"u8);
        int groups = DomainEnds.Groups(domains) + (hasControl ? 1 : 0);
        root.FirstEndsSlot = root.Slots.Next;
        s_firstEnds = root.FirstEndsSlot;
        for (int group = 0; group < groups; group++)
        {
            Failure.Check(Notification.Create(root.Slots.Take()), "creating the notification"u8);
        }

        root.ControlWiring.EventsSlot = s_firstEnds + (uint)DomainEnds.Groups(domains);
        for (int group = 0; group < groups; group++)
        {
            MakeThread(ref root, (ulong)group);
        }
    }

    private static void MakeThread(ref RootState root, ulong group)
    {
        ulong top = FirstStackTop + (group * StackDistance);
        Failure.Check(root.Allocate(StackPages, CapRights.Read | CapRights.Write, out Memory stack), "a watcher's stack"u8);
        Failure.Check(
            stack.Map(Domain.Own, top - (StackPages << 12), 0, StackPages, CapRights.Read | CapRights.Write, root.Slots.Take()),
            "mapping a watcher's stack"u8);
        var thread = new Thread(root.Slots.Take());
        Failure.Check(
            Thread.Create(new Domain(RootInfo.DomainSlot), thread.Slot, Machine.ThreadEntry(), top, Priority, Slice, group),
            "creating a watcher"u8);
        Failure.Check(thread.Start(), "starting a watcher"u8);
    }

    /// <summary>A watcher's work, without end.</summary>
    public static void Watch(ulong group)
    {
        var ends = new Notification(s_firstEnds + (uint)group);
        var endpoint = new Endpoint(s_endpoint);
        while (true)
        {
            Message message = default;
            message.Word0 = ends.Wait();
            message.Word1 = group;
            endpoint.Call(ref message);
        }
    }
}
