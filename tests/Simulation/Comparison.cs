using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Simulation;

/// <summary>Compares the whole of the kernel's state with the model's, and looks at what must always hold.</summary>
internal static unsafe class Comparison
{
    public const ulong SlotEnd = 128;

    /// <summary>Returns the first difference, or null.</summary>
    public static string? Difference(Board board, World world)
    {
        foreach (ModelDomain domain in world.Domains)
        {
            string? difference = Slots(domain) ?? Mappings(domain);
            if (difference != null)
            {
                return difference;
            }

            if (((Domain*)domain.Address)->LiveThreads != (ulong)domain.LiveThreads)
            {
                return "live threads";
            }

            foreach (ModelNotification notification in domain.Objects.OfType<ModelNotification>())
            {
                Notification* actual = (Notification*)notification.Address;
                if (actual->Bits != notification.Bits)
                {
                    return $"notification bits {actual->Bits:x} for {notification.Bits:x}";
                }
            }
        }

        return world.Threads.Select(ThreadDifference).FirstOrDefault(text => text != null) ?? Queues(board, world);
    }

    private static string? Slots(ModelDomain domain)
    {
        Domain* actual = (Domain*)domain.Address;
        for (ulong slot = RootInfo.FirstMemorySlot; slot < SlotEnd; slot++)
        {
            Capability* cap = actual->Capabilities.Find(slot);
            bool expected = domain.Table.TryGetValue(slot, out ModelCap? model);
            if (expected != (cap != null))
            {
                return $"slot {slot}: {(expected ? "lost" : "too many")}";
            }

            if (!expected)
            {
                continue;
            }

            if (cap->Type != model!.Type || cap->Rights != model.Rights || cap->A != model.A || cap->B != model.B)
            {
                return $"slot {slot}: {cap->Type} {cap->Rights} {cap->A} {cap->B} for {model.Type} {model.Rights} {model.A} {model.B}";
            }

            if (model.Object != null && (nint)cap->Object != model.Object.Address)
            {
                return $"slot {slot}: another object";
            }

            string? links = Links(cap, model);
            if (links != null)
            {
                return $"slot {slot}: {links}";
            }
        }

        return null;
    }

    private static string? Links(Capability* cap, ModelCap model)
    {
        Capability* parent = cap->Parent;
        if (model.Parent?.Place is var (domain, slot))
        {
            if (parent != ((Domain*)domain.Address)->Capabilities.Find(slot))
            {
                return "another parent";
            }
        }
        else if (parent != null && parent->Type != CapabilityType.ObjectRoot && model.Parent == null)
        {
            return "a parent where there is none";
        }

        int children = 0;
        Capability* previous = null;
        for (Capability* child = cap->FirstChild; child != null; child = child->Next)
        {
            if (child->Parent != cap || child->Previous != previous)
            {
                return "broken list of children";
            }

            previous = child;
            children++;
        }

        return children == model.Children.Count ? null : $"{children} children for {model.Children.Count}";
    }

    private static string? Mappings(ModelDomain domain)
    {
        Domain* actual = (Domain*)domain.Address;
        Dictionary<ulong, ulong> pages = [];
        foreach (ModelCap map in domain.Mappings)
        {
            for (ulong i = 0; i < map.B >> 48; i++)
            {
                pages[map.A + (i << 12)] = (((map.B & 0xffff_ffff_ffff) + i) << 12)
                    | 5 | ((map.Rights & CapRights.Write) != 0 ? 2UL : 0) | ((map.Rights & CapRights.Execute) != 0 ? 0 : 1UL << 63);
            }
        }

        for (ulong address = Driver.FirstAddress; address < Driver.FirstAddress + ((ulong)Driver.Addresses << 12); address += 4096)
        {
            if (AddressSpace.Translate(actual->TopTable, address) != pages.GetValueOrDefault(address))
            {
                return $"mapping at {address:x}";
            }
        }

        return null;
    }

    private static string? ThreadDifference(ModelThread thread)
    {
        Thread* actual = (Thread*)thread.Address;
        bool same = actual->Wait == thread.Wait && actual->Suspended == thread.Suspended && actual->Dead == thread.Dead
            && (nint)actual->Client == (thread.Client?.Address ?? 0) && (nint)actual->Server == (thread.Server?.Address ?? 0);
        if (!same)
        {
            return $"thread: {actual->Wait} {actual->Suspended} {actual->Dead} for {thread.Wait} {thread.Suspended} {thread.Dead}, or its partners";
        }

        bool settled = thread.Wait == WaitKind.None && !thread.Dead;
        return settled && (actual->Frame.Rax != thread.Rax || actual->Frame.Rdi != thread.Rdi || actual->Frame.Rsi != thread.Rsi)
            ? $"registers {actual->Frame.Rax:x} {actual->Frame.Rdi:x} {actual->Frame.Rsi:x} for {thread.Rax:x} {thread.Rdi:x} {thread.Rsi:x}"
            : null;
    }

    private static string? Queues(Board board, World world)
    {
        for (int priority = 0; priority < Scheduler.Priorities; priority++)
        {
            IReadOnlyList<ModelThread> expected = world.Ready(priority);
            bool marked = (board.Cpu->ReadyMask & (1U << priority)) != 0;
            if (marked != (expected.Count > 0))
            {
                return $"ready mask of priority {priority}";
            }

            Thread* thread = (Thread*)board.Cpu->Ready[priority];
            foreach (ModelThread model in expected)
            {
                if ((nint)thread != model.Address)
                {
                    return $"ready queue of priority {priority}";
                }

                thread = thread->ReadyNext;
            }

            if (expected.Count > 0 && (ulong)thread != board.Cpu->Ready[priority])
            {
                return $"ready queue of priority {priority} is longer";
            }
        }

        return null;
    }
}
