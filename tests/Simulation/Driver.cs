using Tierce.Abi;
using Tierce.KernelHost;

namespace Tierce.Simulation;

/// <summary>Makes random calls of random threads, in the kernel and in the model. The same seed makes the same calls.</summary>
internal sealed unsafe partial class Driver : IDisposable
{
    public const ulong FirstAddress = 0x7000_0000;
    public const int Addresses = 24;
    private const ulong FirstSlot = 80;
    private const int Slots = 24;
    private const ulong ChunkPages = 128;
    private const int Chunks = 20;

    private readonly Random random;
    private readonly Board board = new();
    private readonly World world = new();
    private readonly ModelThread root;
    private ulong serial = 1000;

    public Driver(int seed)
    {
        random = new Random(seed);
        ModelDomain domain = new() { Address = (nint)board.RootDomainPointer, LiveThreads = 1, FirstPage = board.RootDomainPointer->FirstPage, Pages = board.RootDomainPointer->Pages };
        domain.Root = new ModelCap { Type = CapabilityType.ObjectRoot, Object = domain };
        World.Add(CapabilityType.Domain, CapRights.All, domain, domain.Root, null);
        foreach (ulong slot in new ulong[] { RootInfo.FirstMemorySlot, RootInfo.FirstMemorySlot + 1 })
        {
            Capability* cap = Board.Find(board.Root, slot);
            World.Add(CapabilityType.Memory, cap->Rights, null, null, (domain, slot), cap->A, cap->B);
        }

        world.Domains.Add(domain);
        root = new ModelThread { Domain = domain, Priority = board.Root->Priority, Suspended = false, Address = (nint)board.Root };
        root.Rdi = board.Root->Frame.Rdi;
        world.Threads.Add(root);
        world.MakeReady(root);
    }

    /// <summary>Calls made, by their status: a run that only fails shows nothing.</summary>
    public Dictionary<Status, int> Statuses { get; } = [];

    /// <summary>Lets the model be wrong on purpose, to see that the comparison notices.</summary>
    public bool Sabotage { get; set; }

    public void Dispose() => board.Dispose();

    /// <summary>One call and the comparison. Returns a description of a difference, or null.</summary>
    public string? Step()
    {
        ModelThread[] able = [.. world.Threads.Where(world.IsReady)];
        ModelThread actor = random.Next(3) == 0 ? root : able[random.Next(able.Length)];
        (string name, Status expected, Status actual) = Act(actor);
        Statuses[actual] = Statuses.GetValueOrDefault(actual) + 1;
        if (Sabotage && actual == Status.Ok && random.Next(50) == 0)
        {
            actor.Domain.Table.Remove(actor.Domain.Table.Keys.Max());
        }

        if (expected != actual)
        {
            return $"{name}: {actual}, but {expected} was expected";
        }

        string? difference = Comparison.Difference(board, world);
        return difference == null ? null : $"{name}: {difference}";
    }

    private (string Name, Status Expected, Status Actual) Act(ModelThread actor)
    {
        // Root's own life is not at stake: it has no capability of its thread, and its domain's is out of reach.
        return random.Next(19) switch
        {
            0 or 1 => MemoryDerive(actor),
            2 or 3 => Delegate(actor),
            4 => Delete(actor),
            5 => Revoke(actor),
            6 or 7 => Map(actor),
            8 => CreateDomain(actor),
            9 => CreateThread(actor),
            10 => ControlThread(actor),
            11 => CreateSmall(actor, KernelCall.EndpointCreate),
            12 => CreateSmall(actor, KernelCall.NotificationCreate),
            13 => Signal(actor),
            14 => Wait(actor),
            15 => IpcCall(actor),
            16 => IpcReceive(actor),
            17 => IpcReply(actor),
            _ => EndOrYield(actor),
        };
    }

    private Status Call(ModelThread actor, KernelCall call, ulong rdi = 0, ulong rsi = 0, ulong rdx = 0, ulong r10 = 0, ulong r8 = 0, ulong r9 = 0) =>
        board.Call((Thread*)actor.Address, call, rdi, rsi, rdx, r10, r8, r9);

    /// <summary>Notes what a call that neither waits nor wakes its caller leaves in the caller's registers.</summary>
    private static void Done(ModelThread actor, Status status, ulong rdi = 0, ulong rsi = 0)
    {
        actor.Rax = unchecked((ulong)status);
        actor.Rdi = rdi;
        actor.Rsi = rsi;
    }

    /// <summary>A slot that holds a capability of a type, mostly; now and then any slot.</summary>
    private ulong Pick(ModelThread actor, params CapabilityType[] types)
    {
        ulong[] fitting = [.. actor.Domain.Table.Where(pair => types.Contains(pair.Value.Type)).Select(pair => pair.Key).Order()];
        return fitting.Length == 0 || random.Next(12) == 0 ? RandomSlot() : fitting[random.Next(fitting.Length)];
    }

    private ulong RandomSlot() => FirstSlot + (ulong)random.Next(Slots);

    /// <summary>An empty slot, mostly.</summary>
    private ulong PickFree(ModelDomain domain)
    {
        ulong slot = RandomSlot();
        for (int i = 0; i < Slots && domain.Table.ContainsKey(slot) && random.Next(20) != 0; i++)
        {
            slot = RandomSlot();
        }

        return slot;
    }

    private CapRights PickRights() => random.Next(3) == 0 ? (CapRights)random.Next(128) : CapRights.All;

    private static Status Find(ModelThread actor, ulong slot, CapabilityType type, CapRights needed, out ModelCap cap)
    {
        if (!actor.Domain.Table.TryGetValue(slot, out ModelCap? found) || found.Type != type)
        {
            cap = null!;
            return Status.BadCapability;
        }

        cap = found;
        return cap.Has(needed) ? Status.Ok : Status.Denied;
    }

    private static Status FindDomain(ModelThread actor, ulong slot, out ModelDomain domain)
    {
        domain = actor.Domain;
        if (slot == 0)
        {
            return Status.Ok;
        }

        Status status = Find(actor, slot, CapabilityType.Domain, CapRights.Control, out ModelCap cap);
        domain = status == Status.Ok ? (ModelDomain)cap.Object! : domain;
        return status;
    }

    private static Status Prepare(ModelDomain domain, ulong slot) => domain.Table.ContainsKey(slot) ? Status.SlotTaken : Status.Ok;

    private ulong PickDomain(ModelThread actor) => random.Next(3) == 0 ? 0 : Pick(actor, CapabilityType.Domain);
}
