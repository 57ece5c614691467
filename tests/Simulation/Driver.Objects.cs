using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Simulation;

/// <content>Calls on capabilities, memory, domains and threads.</content>
internal sealed unsafe partial class Driver
{
    private (string Name, Status Expected, Status Actual) MemoryDerive(ModelThread actor)
    {
        ulong source = actor == root && random.Next(2) == 0 ? RootInfo.FirstMemorySlot : Pick(actor, CapabilityType.Memory);
        ulong slot = PickFree(actor.Domain);
        CapRights rights = PickRights();
        ulong first = source == RootInfo.FirstMemorySlot ? ChunkPages * (ulong)random.Next(Chunks) : (ulong)random.Next(60);
        ulong pages = source == RootInfo.FirstMemorySlot ? ChunkPages : (ulong)random.Next(70);
        Status expected = Find(actor, source, CapabilityType.Memory, CapRights.None, out ModelCap cap);
        if (expected == Status.Ok)
        {
            expected = pages == 0 || first + pages > cap.B ? Status.BadArgument : Prepare(actor.Domain, slot);
        }

        if (expected == Status.Ok)
        {
            World.Add(CapabilityType.Memory, cap.Rights & rights, null, cap, (actor.Domain, slot), cap.A + first, pages);
        }

        Done(actor, expected, source, first);
        return (nameof(MemoryDerive), expected, Call(actor, KernelCall.MemoryDerive, source, first, pages, (ulong)rights, slot));
    }

    private (string Name, Status Expected, Status Actual) Delegate(ModelThread actor)
    {
        ulong source = random.Next(4) == 0
            ? Pick(actor, CapabilityType.Domain, CapabilityType.Mapping)
            : Pick(actor, CapabilityType.Memory, CapabilityType.Endpoint, CapabilityType.Notification, CapabilityType.Thread);
        ulong domainSlot = PickDomain(actor);
        CapRights rights = PickRights();
        ulong badge = random.Next(4) == 0 ? (ulong)random.Next(1, 70) : 0;
        Status expected = Status.BadCapability;
        ulong slot = RandomSlot();
        if (actor.Domain.Table.TryGetValue(source, out ModelCap? cap))
        {
            expected = !World.CanDelegate(cap) ? Status.Denied
                : badge == 0 ? Status.Ok
                : cap.Type == CapabilityType.Notification && badge > 63 ? Status.BadArgument
                : cap.Type is not (CapabilityType.Endpoint or CapabilityType.Notification) ? Status.BadArgument
                : cap.A != 0 ? Status.Denied : Status.Ok;
        }

        if (expected == Status.Ok)
        {
            expected = FindDomain(actor, domainSlot, out ModelDomain domain);
            if (expected == Status.Ok)
            {
                slot = PickFree(domain);
                expected = Prepare(domain, slot);
            }

            if (expected == Status.Ok)
            {
                World.Add(cap!.Type, cap.Rights & rights, cap.Object, cap, (domain, slot), badge == 0 ? cap.A : badge, cap.B);
            }
        }

        Done(actor, expected, source, domainSlot);
        return (nameof(Delegate), expected, Call(actor, KernelCall.CapDelegate, source, domainSlot, slot, (ulong)rights, badge));
    }

    private (string Name, Status Expected, Status Actual) Delete(ModelThread actor)
    {
        ulong slot = RandomSlot();
        return Remove(actor, slot, KernelCall.CapDelete, world.Delete);
    }

    private (string Name, Status Expected, Status Actual) Revoke(ModelThread actor)
    {
        ulong slot = actor == root && random.Next(40) == 0 ? RootInfo.FirstMemorySlot : RandomSlot();
        return Remove(actor, slot, KernelCall.CapRevoke, world.Revoke);
    }

    /// <summary>Only root takes what may hold its caller's life: others leave domains, threads and their memory alone.</summary>
    private (string Name, Status Expected, Status Actual) Remove(ModelThread actor, ulong slot, KernelCall call, Action<ModelCap> effect)
    {
        bool known = actor.Domain.Table.TryGetValue(slot, out ModelCap? cap);
        if (known && actor != root && IsVital(cap!))
        {
            return (call.ToString(), Status.Ok, Status.Ok);
        }

        Status expected = known ? Status.Ok : Status.BadCapability;
        if (known)
        {
            effect(cap!);
        }

        Status actual = Call(actor, call, slot);
        for (int i = 0; actual == Status.Again && i < 1000; i++)
        {
            Statuses[Status.Again] = Statuses.GetValueOrDefault(Status.Again) + 1;
            actual = Call(actor, call, slot);
        }

        Done(actor, expected, slot);
        return (call.ToString(), expected, actual);
    }

    private static bool IsVital(ModelCap cap) =>
        cap.Type is CapabilityType.Domain or CapabilityType.Thread or CapabilityType.ObjectRoot || cap.Children.Any(IsVital);

    private (string Name, Status Expected, Status Actual) Map(ModelThread actor)
    {
        ulong source = Pick(actor, CapabilityType.Memory);
        ulong domainSlot = PickDomain(actor);
        ulong slot = PickFree(actor.Domain);
        CapRights rights = (CapRights)random.Next(1, 8);
        ulong address = FirstAddress + ((ulong)random.Next(Addresses - 4) << 12);
        ulong first = (ulong)random.Next(16);
        ulong pages = (ulong)random.Next(1, 5);
        Status expected = Find(actor, source, CapabilityType.Memory, rights, out ModelCap cap);
        ModelDomain domain = actor.Domain;
        expected = expected == Status.Ok ? FindDomain(actor, domainSlot, out domain) : expected;
        expected = expected != Status.Ok ? expected : first + pages > cap.B ? Status.BadArgument : Prepare(actor.Domain, slot);
        if (expected == Status.Ok
            && (domain.Mappings.Any(map => World.Overlap(address >> 12, pages, map.A >> 12, map.B >> 48))
                || !world.FramesFree(cap.A + first, pages, kernel: false)))
        {
            expected = Status.BadState;
        }

        if (expected == Status.Ok)
        {
            domain.Mappings.Add(World.Add(
                CapabilityType.Mapping, rights, domain, cap, (actor.Domain, slot), address, (cap.A + first) | (pages << 48)));
        }

        Done(actor, expected, source, domainSlot);
        return (nameof(Map), expected, Call(actor, KernelCall.MemoryMap, source, domainSlot, address, first | (pages << 32), (ulong)rights, slot));
    }

    private (string Name, Status Expected, Status Actual) CreateDomain(ModelThread actor)
    {
        ulong source = Pick(actor, CapabilityType.Memory);
        ulong slot = PickFree(actor.Domain);
        ulong notificationSlot = random.Next(2) == 0 ? 0 : Pick(actor, CapabilityType.Notification);
        Status expected = Find(actor, source, CapabilityType.Memory, CapRights.Read | CapRights.Write, out ModelCap cap);
        if (expected == Status.Ok && (cap.Children.Count > 0 || !world.FramesFree(cap.A, cap.B, kernel: true)))
        {
            expected = Status.BadState;
        }

        // A pool that may run dry would need a model of every page; only whole chunks become pools here.
        expected = expected != Status.Ok ? expected : cap.B < Domain.LeastPages ? Status.BadArgument : Status.Ok;
        if (expected == Status.Ok && cap.B < ChunkPages)
        {
            return (nameof(CreateDomain), Status.Ok, Status.Ok);
        }

        ModelCap? supervisor = null;
        expected = expected == Status.Ok && notificationSlot != 0
            ? Find(actor, notificationSlot, CapabilityType.Notification, CapRights.Send, out supervisor) : expected;
        expected = expected == Status.Ok ? Prepare(actor.Domain, slot) : expected;
        Status actual = Call(actor, KernelCall.DomainCreate, source, slot, notificationSlot, 1);
        Done(actor, expected, source, slot);
        if (expected == Status.Ok && actual == Status.Ok)
        {
            ModelDomain domain = new() { FirstPage = cap.A, Pages = cap.B, Address = ObjectAt(actor, slot) };
            domain.Root = new ModelCap { Type = CapabilityType.ObjectRoot, Object = domain, Parent = cap };
            cap.Children.Insert(0, domain.Root);
            World.Add(CapabilityType.Domain, CapRights.All, domain, domain.Root, (actor.Domain, slot));
            domain.Supervisor = supervisor == null ? null
                : World.Add(CapabilityType.NotificationLink, CapRights.Send, supervisor.Object, supervisor, null, 1UL << (int)supervisor.A);
            world.Domains.Add(domain);
        }

        return (nameof(CreateDomain), expected, actual);
    }

    private (string Name, Status Expected, Status Actual) CreateThread(ModelThread actor)
    {
        ulong domainSlot = Pick(actor, CapabilityType.Domain);
        ulong slot = PickFree(actor.Domain);
        int priority = random.Next(4);
        Status expected = FindDomain(actor, domainSlot, out ModelDomain domain);
        expected = expected == Status.Ok && priority > actor.Priority ? Status.Denied : expected;
        expected = expected == Status.Ok ? Prepare(actor.Domain, slot) : expected;
        if (expected == Status.Ok && domain.Objects.Count > 40)
        {
            return (nameof(CreateThread), Status.Ok, Status.Ok);
        }

        Status actual = Call(actor, KernelCall.ThreadCreate, domainSlot, slot, 0x1000, 0x2000, (ulong)priority, 5);
        Done(actor, expected, domainSlot, slot);
        if (expected == Status.Ok && actual == Status.Ok)
        {
            ModelThread thread = new() { Domain = domain, Owner = domain, Priority = priority, Address = ObjectAt(actor, slot), Rdi = 5 };
            domain.LiveThreads++;
            domain.Objects.Add(thread);
            world.Threads.Add(thread);
            World.Add(CapabilityType.Thread, CapRights.All, thread, null, (actor.Domain, slot));
        }

        return (nameof(CreateThread), expected, actual);
    }

    private (string Name, Status Expected, Status Actual) ControlThread(ModelThread actor)
    {
        ulong slot = Pick(actor, CapabilityType.Thread);
        bool start = random.Next(5) != 0;
        Status expected = Find(actor, slot, CapabilityType.Thread, CapRights.Control, out ModelCap cap);
        Done(actor, expected, slot, start ? 0UL : 1UL);
        if (expected == Status.Ok)
        {
            ModelThread thread = (ModelThread)cap.Object!;
            if (thread.Dead)
            {
                expected = Status.BadState;
                Done(actor, expected, slot, start ? 0UL : 1UL);
            }
            else if (!start)
            {
                world.Suspend(thread);
            }
            else
            {
                thread.Suspended = false;
                if (thread.Wait == WaitKind.None)
                {
                    world.MakeReady(thread);
                }
            }
        }

        return (nameof(ControlThread), expected, Call(actor, KernelCall.ThreadControl, slot, start ? 0UL : 1UL));
    }

    private (string Name, Status Expected, Status Actual) CreateSmall(ModelThread actor, KernelCall call)
    {
        ulong slot = PickFree(actor.Domain);
        Status expected = Prepare(actor.Domain, slot);
        if (actor.Domain.Objects.Count > 40)
        {
            return (call.ToString(), Status.Ok, Status.Ok);
        }

        Status actual = Call(actor, call, slot);
        Done(actor, expected, slot);
        if (expected == Status.Ok && actual == Status.Ok)
        {
            bool endpoint = call == KernelCall.EndpointCreate;
            ModelObject target = endpoint ? new ModelEndpoint() : new ModelNotification();
            target.Owner = actor.Domain;
            target.Address = ObjectAt(actor, slot);
            actor.Domain.Objects.Add(target);
            World.Add(endpoint ? CapabilityType.Endpoint : CapabilityType.Notification, CapRights.All, target, null, (actor.Domain, slot));
        }

        return (call.ToString(), expected, actual);
    }

    private static nint ObjectAt(ModelThread actor, ulong slot) => (nint)Board.Find((Thread*)actor.Address, slot)->Object;
}
