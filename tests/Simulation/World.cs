using Tierce.Abi;

namespace Tierce.Simulation;

/// <summary>
/// What the kernel's state should be: the calls' effects, written down from their specification, with sets and lists
/// and without any care for time or memory.
/// </summary>
internal sealed class World
{
    private readonly List<ModelThread>[] ready = [.. Enumerable.Range(0, Scheduler.Priorities).Select(_ => new List<ModelThread>())];

    public List<ModelDomain> Domains { get; } = [];

    public List<ModelThread> Threads { get; } = [];

    public IReadOnlyList<ModelThread> Ready(int priority) => ready[priority];

    public ModelThread? Next => ready.LastOrDefault(queue => queue.Count > 0)?[0];

    public bool IsReady(ModelThread thread) => ready[thread.Priority].Contains(thread);

    public static ModelCap Add(CapabilityType type, CapRights rights, ModelObject? target, ModelCap? parent, (ModelDomain, ulong)? place, ulong a = 0, ulong b = 0)
    {
        ModelCap cap = new() { Type = type, Rights = rights, Object = target, Parent = parent, Place = place, A = a, B = b };
        parent?.Children.Insert(0, cap);
        if (type is not (CapabilityType.Mapping or CapabilityType.ObjectRoot))
        {
            target?.Caps.Add(cap);
        }

        if (place is var (domain, slot))
        {
            domain.Table.Add(slot, cap);
        }

        return cap;
    }

    public void Delete(ModelCap cap)
    {
        foreach (ModelCap child in cap.Children)
        {
            child.Parent = cap.Parent;
            cap.Parent?.Children.Insert(0, child);
        }

        cap.Children.Clear();
        cap.Parent?.Children.Remove(cap);
        if (cap.Place is var (domain, slot))
        {
            domain.Table.Remove(slot);
            cap.Place = null;
        }

        if (cap.Type == CapabilityType.Mapping)
        {
            ((ModelDomain)cap.Object!).Mappings.Remove(cap);
        }
        else if (cap.Object is { Destroyed: false } target && target.Caps.Remove(cap) && target.Caps.Count == 0)
        {
            Destroy(target);
        }
    }

    public void Revoke(ModelCap cap)
    {
        while (cap.Children.Count > 0)
        {
            ModelCap child = cap.Children[0];
            if (child.Type == CapabilityType.ObjectRoot)
            {
                Destroy(child.Object!);
            }
            else
            {
                Delete(child);
            }
        }
    }

    public void MakeReady(ModelThread thread)
    {
        bool waited = thread.Wait != WaitKind.None;
        thread.Wait = WaitKind.None;
        if (!thread.Suspended && !thread.Dead && !IsReady(thread))
        {
            List<ModelThread> queue = ready[thread.Priority];
            int place = queue.FindIndex(Math.Min(1, queue.Count), other => !other.Woken);
            thread.Woken = waited && queue.Count > 0;
            queue.Insert(thread.Woken && place >= 0 ? place : queue.Count, thread);
        }
    }

    public void Block(ModelThread thread, WaitKind wait, ModelObject? at)
    {
        thread.Wait = wait;
        thread.WaitObject = at;
        ready[thread.Priority].Remove(thread);
    }

    public void Suspend(ModelThread thread)
    {
        thread.Suspended = true;
        ready[thread.Priority].Remove(thread);
    }

    public void Yield(ModelThread thread)
    {
        List<ModelThread> queue = ready[thread.Priority];
        if (queue.Count > 0 && queue[0] == thread)
        {
            queue.RemoveAt(0);
            queue.Add(thread);
            thread.Woken = false;
        }
    }

    public void Signal(ModelNotification notification, ulong bits)
    {
        notification.Bits |= bits;
        if (notification.Bits != 0 && notification.Waiters.Count > 0)
        {
            ModelThread waiter = notification.Waiters[0];
            notification.Waiters.RemoveAt(0);
            waiter.Rsi = notification.Bits;
            waiter.Rax = 0;
            notification.Bits = 0;
            MakeReady(waiter);
        }
    }

    public void End(ModelThread thread, bool fault)
    {
        if (thread.Dead)
        {
            return;
        }

        thread.Dead = true;
        ready[thread.Priority].Remove(thread);
        (thread.WaitObject as ModelEndpoint)?.Callers.Remove(thread);
        (thread.WaitObject as ModelEndpoint)?.Receivers.Remove(thread);
        (thread.WaitObject as ModelNotification)?.Waiters.Remove(thread);
        thread.Wait = WaitKind.None;
        if (thread.Server != null)
        {
            thread.Server.Client = null;
            thread.Server = null;
        }

        if (thread.Client is { } client)
        {
            client.Server = null;
            thread.Client = null;
            Fail(client);
        }

        ModelDomain domain = thread.Domain;
        domain.LiveThreads--;
        if ((fault || domain.LiveThreads == 0) && domain.Supervisor is { } link && link.Object is ModelNotification notification && notification.Caps.Contains(link))
        {
            Signal(notification, link.A);
        }
    }

    public static void Deliver(ModelThread caller, ModelThread receiver)
    {
        caller.Wait = WaitKind.Reply;
        receiver.Client = caller;
        caller.Server = receiver;
        receiver.Rsi = caller.Rsi;
        receiver.Rdi = caller.Badge;
        receiver.Rax = 0;
        if (caller.Transfer != 0 && receiver.Transfer != 0
            && caller.Domain.Table.TryGetValue(caller.Transfer, out ModelCap? cap) && CanDelegate(cap)
            && !receiver.Domain.Table.ContainsKey(receiver.Transfer))
        {
            Add(cap.Type, cap.Rights, cap.Object, cap, (receiver.Domain, receiver.Transfer), cap.A, cap.B);
            receiver.Rdi |= Endpoint.CapabilityReceived;
        }
    }

    public void Reply(ModelThread server)
    {
        ModelThread client = server.Client!;
        server.Client = null;
        client.Server = null;
        client.Rsi = server.Rsi;
        client.Rdi = 0;
        client.Rax = 0;
        MakeReady(client);
    }

    public static bool CanDelegate(ModelCap cap) => cap.Type != CapabilityType.Mapping && cap.Has(CapRights.Delegate);

    /// <summary>Whether a range may be mapped (false) or become the kernel's (true), seen page range by page range.</summary>
    public bool FramesFree(ulong first, ulong pages, bool kernel)
    {
        foreach (ModelDomain domain in Domains)
        {
            if (Overlap(first, pages, domain.FirstPage, domain.Pages)
                || (kernel && domain.Mappings.Any(map => Overlap(first, pages, map.B & 0xffff_ffff_ffff, map.B >> 48))))
            {
                return false;
            }
        }

        return true;
    }

    public static bool Overlap(ulong first, ulong count, ulong otherFirst, ulong otherCount) =>
        first < otherFirst + otherCount && otherFirst < first + count;

    public void Fail(ModelThread thread)
    {
        thread.Rax = unchecked((ulong)Status.Gone);
        MakeReady(thread);
    }

    private void Destroy(ModelObject target)
    {
        if (target.Destroyed)
        {
            return;
        }

        target.Destroyed = true;
        target.Owner?.Objects.Remove(target);
        switch (target)
        {
            case ModelThread thread:
                End(thread, fault: false);
                Threads.Remove(thread);
                break;
            case ModelEndpoint endpoint:
                endpoint.Callers.ToList().ForEach(Fail);
                endpoint.Callers.Clear();
                endpoint.Receivers.ToList().ForEach(Fail);
                endpoint.Receivers.Clear();
                break;
            case ModelNotification notification:
                notification.Waiters.ToList().ForEach(Fail);
                notification.Waiters.Clear();
                break;
            case ModelDomain domain:
                DestroyDomain(domain);
                break;
            default:
                break;
        }

        foreach (ModelCap cap in target.Caps.ToList())
        {
            Delete(cap);
        }

        target.Caps.Clear();
    }

    private void DestroyDomain(ModelDomain domain)
    {
        // The order of deaths determines the order of signals; it is the kernel's: newest object first, then slots upwards.
        foreach (ModelObject owned in Enumerable.Reverse(domain.Objects).ToList())
        {
            Destroy(owned);
        }

        foreach (ulong slot in domain.Table.Keys.Order().ToList())
        {
            if (domain.Table.TryGetValue(slot, out ModelCap? cap))
            {
                Delete(cap);
            }
        }

        domain.Mappings.ToList().ForEach(Delete);
        if (domain.Supervisor is { } link)
        {
            domain.Supervisor = null;
            Delete(link);
        }

        domain.Root!.Parent?.Children.Remove(domain.Root);
        Domains.Remove(domain);
    }
}
