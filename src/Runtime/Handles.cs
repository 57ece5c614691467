using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>A capability of any type. A handle is a slot number and nothing else.</summary>
public readonly struct Capability
{
    /// <summary>Slot in this domain's table; 0 is none.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Capability(uint slot) => Slot = slot;

    /// <summary>Deletes it, in as many steps as the kernel needs. The capabilities derived from it move up to its parent.</summary>
    public Status Delete()
    {
        Status status;
        do
        {
            status = KernelCalls.Make(KernelCall.CapDelete, new CapDeleteArguments { Cap = Slot });
        }
        while (status == Status.Again);
        return status;
    }

    /// <summary>Deletes everything derived from it, in as many steps as the kernel needs.</summary>
    public Status Revoke()
    {
        Status status;
        do
        {
            status = KernelCalls.Make(KernelCall.CapRevoke, new CapRevokeArguments { Cap = Slot });
        }
        while (status == Status.Again);
        return status;
    }

    /// <summary>Derives it into <paramref name="slot"/> of a domain with some of its rights, and a badge for endpoints.</summary>
    public Status Delegate(Domain to, uint slot, CapRights rights, ulong badge = 0) =>
        KernelCalls.Make(
            KernelCall.CapDelegate,
            new CapDelegateArguments { Cap = Slot, Domain = to.Slot, Slot = slot, Rights = (ulong)rights, Badge = badge });
}

/// <summary>A range of physical pages.</summary>
public readonly struct Memory
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>Most pages that one <see cref="Map"/> maps.</summary>
    public const ulong MapPages = 512;

    /// <summary>A handle for a slot.</summary>
    public Memory(uint slot) => Slot = slot;

    /// <summary>Derives a part of it into <paramref name="slot"/>.</summary>
    public Status Derive(ulong firstPage, ulong pages, CapRights rights, uint slot) =>
        KernelCalls.Make(
            KernelCall.MemoryDerive,
            new MemoryDeriveArguments { Memory = Slot, FirstPage = firstPage, Pages = pages, Rights = (ulong)rights, Slot = slot });

    /// <summary>Maps at most <see cref="MapPages"/> pages. Deleting the new capability in <paramref name="slot"/> unmaps them.</summary>
    public Status Map(Domain domain, ulong address, ulong firstPage, ulong pages, CapRights rights, uint slot) =>
        KernelCalls.Make(
            KernelCall.MemoryMap,
            new MemoryMapArguments
            {
                Memory = Slot,
                Domain = domain.Slot,
                Address = address,
                FirstPage = (uint)firstPage,
                Pages = (uint)pages,
                Rights = (ulong)rights,
                Slot = slot,
            });
}

/// <summary>A protection domain.</summary>
public readonly struct Domain
{
    /// <summary>Slot in this domain's table; 0 means the caller's own domain where a call allows it.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Domain(uint slot) => Slot = slot;

    /// <summary>The caller's own domain, where a call allows it.</summary>
    public static Domain Own => new(0);

    /// <summary>Creates a domain whose kernel memory is <paramref name="pool"/>; its end signals <paramref name="bits"/>.</summary>
    public static Status Create(Memory pool, uint slot, Notification onEnd, ulong bits) =>
        KernelCalls.Make(
            KernelCall.DomainCreate,
            new DomainCreateArguments { Memory = pool.Slot, Slot = slot, Notification = onEnd.Slot, Bits = bits });
}

/// <summary>A thread of a domain.</summary>
public readonly struct Thread
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Thread(uint slot) => Slot = slot;

    /// <summary>Creates a stopped thread. Priority 0 (lowest) to 31; time slice in microseconds.</summary>
    public static Status Create(Domain domain, uint slot, ulong entry, ulong stack, uint priority, uint sliceMicroseconds, ulong argument) =>
        KernelCalls.Make(
            KernelCall.ThreadCreate,
            new ThreadCreateArguments
            {
                Domain = domain.Slot,
                Slot = slot,
                Entry = entry,
                Stack = stack,
                Priority = priority | ((ulong)sliceMicroseconds << 8),
                Argument = argument,
            });

    /// <summary>Makes it runnable.</summary>
    public Status Start() => Control(ThreadOperation.Start, 0);

    /// <summary>Limits its time at its priority; when it has used that up, it runs at the lowest priority until the period ends.</summary>
    public Status SetBudget(uint budgetMicroseconds, uint periodMicroseconds) =>
        Control(ThreadOperation.SetBudget, budgetMicroseconds | ((ulong)periodMicroseconds << 32));

    /// <summary>Queries whether it has ended, and its registers. One that was destroyed with its domain has ended.</summary>
    public ThreadState Query(out StackFrame place)
    {
        Status status = KernelCalls.Make(
            KernelCall.ThreadControl,
            new ThreadControlArguments { Thread = Slot, Operation = (ulong)ThreadOperation.Query },
            out ThreadControlResults results);
        place.Rip = results.InstructionPointer;
        place.Rsp = results.StackPointer;
        place.Rbp = results.FramePointer;
        return status == Status.Ok ? (ThreadState)results.State : ThreadState.Ended;
    }

    /// <summary>Ends the calling thread.</summary>
    public static void Exit(ulong code) => KernelCalls.Make(KernelCall.ThreadExit, new ThreadExitArguments { Code = code });

    private Status Control(ThreadOperation operation, ulong value) => KernelCalls.Make(
        KernelCall.ThreadControl,
        new ThreadControlArguments { Thread = Slot, Operation = (ulong)operation, Value = value });
}

/// <summary>An interrupt line of the machine.</summary>
public readonly struct Interrupt
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Interrupt(uint slot) => Slot = slot;

    /// <summary>Binds it to bits of a notification, and unmasks it.</summary>
    public Status Bind(Notification notification, ulong bits, bool level) =>
        KernelCalls.Make(
            KernelCall.InterruptBind,
            new InterruptBindArguments { Interrupt = Slot, Notification = notification.Slot, Bits = bits, Level = level ? 1UL : 0 });

    /// <summary>Reports that the interrupt is handled, and unmasks it.</summary>
    public Status Acknowledge() => KernelCalls.Make(KernelCall.InterruptAcknowledge, new InterruptAcknowledgeArguments { Interrupt = Slot });
}

/// <summary>A range of I/O ports.</summary>
public readonly struct Ports
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Ports(uint slot) => Slot = slot;

    /// <summary>Derives a part of it into <paramref name="slot"/>.</summary>
    public Status Derive(ushort first, uint count, uint slot) =>
        KernelCalls.Make(KernelCall.PortDerive, new PortDeriveArguments { Ports = Slot, First = first, Count = count, Slot = slot });

    /// <summary>Gives a domain the instructions IN and OUT on these ports.</summary>
    public Status Enable(Domain domain) =>
        KernelCalls.Make(KernelCall.PortEnable, new PortEnableArguments { Ports = Slot, Domain = domain.Slot });
}

/// <summary>What a guest grants.</summary>
public readonly struct Grants
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Grants(uint slot) => Slot = slot;

    /// <summary>Derives it from all memory of a guest, into a slot of the caller.</summary>
    public static Status Derive(Memory memory, uint slot, ulong tablePage, ulong tablePages, ulong frames, ulong peer) =>
        KernelCalls.Make(
            KernelCall.GrantsDerive,
            new GrantsDeriveArguments { Memory = memory.Slot, Slot = slot, TablePage = tablePage, TablePages = tablePages, Frames = frames, Peer = peer });

    /// <summary>Copies as the first operations in <paramref name="operations"/> say, in as many steps as the kernel needs.</summary>
    public Status Copy(Memory buffer, Memory operations, uint count)
    {
        uint first = 0;
        while (first < count)
        {
            Status status = KernelCalls.Make(
                KernelCall.GrantCopy,
                new GrantCopyArguments { Grants = Slot, Buffer = buffer.Slot, Operations = operations.Slot, First = first, Count = count - first },
                out GrantCopyResults results);
            if (status is not (Status.Ok or Status.Again))
            {
                return status;
            }

            first += (uint)results.Done;
        }

        return Status.Ok;
    }
}
