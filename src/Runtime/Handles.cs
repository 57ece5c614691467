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
            status = CallArguments.Do(KernelCall.CapDelete, Slot);
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
            status = CallArguments.Do(KernelCall.CapRevoke, Slot);
        }
        while (status == Status.Again);
        return status;
    }

    /// <summary>Derives it into <paramref name="slot"/> of a domain with some of its rights, and a badge for endpoints.</summary>
    public Status Delegate(Domain to, uint slot, CapRights rights, ulong badge = 0) =>
        CallArguments.Do(KernelCall.CapDelegate, Slot, to.Slot, slot, (ulong)rights, badge);
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
        CallArguments.Do(KernelCall.MemoryDerive, Slot, firstPage, pages, (ulong)rights, slot);

    /// <summary>Maps at most <see cref="MapPages"/> pages. Deleting the new capability in <paramref name="slot"/> unmaps them.</summary>
    public Status Map(Domain domain, ulong address, ulong firstPage, ulong pages, CapRights rights, uint slot) =>
        CallArguments.Do(KernelCall.MemoryMap, Slot, domain.Slot, address, firstPage | (pages << 32), (ulong)rights, slot);
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
        CallArguments.Do(KernelCall.DomainCreate, pool.Slot, slot, onEnd.Slot, bits);
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
        CallArguments.Do(KernelCall.ThreadCreate, domain.Slot, slot, entry, stack, priority | ((ulong)sliceMicroseconds << 8), argument);

    /// <summary>Makes it runnable.</summary>
    public Status Start() => CallArguments.Do(KernelCall.ThreadControl, Slot, (ulong)ThreadOperation.Start);

    /// <summary>Limits its time at its priority; when it has used that up, it runs at the lowest priority until the period ends.</summary>
    public Status SetBudget(uint budgetMicroseconds, uint periodMicroseconds) =>
        CallArguments.Do(KernelCall.ThreadControl, Slot, (ulong)ThreadOperation.SetBudget, budgetMicroseconds | ((ulong)periodMicroseconds << 32));

    /// <summary>Queries whether it has ended, and its registers.</summary>
    public ThreadState Query(out StackFrame place)
    {
        CallArguments arguments = default;
        arguments.Rdi = Slot;
        arguments.Rsi = (ulong)ThreadOperation.Query;
        Status status = arguments.Invoke(KernelCall.ThreadControl);
        place.Rip = arguments.Rdx;
        place.Rsp = arguments.R10;
        place.Rbp = arguments.R8;
        return status == Status.Ok ? (ThreadState)arguments.Rsi : ThreadState.Alive;
    }

    /// <summary>Ends the calling thread.</summary>
    public static void Exit(ulong code) => CallArguments.Do(KernelCall.ThreadExit, code);
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
        CallArguments.Do(KernelCall.InterruptBind, Slot, notification.Slot, bits, level ? 1UL : 0);

    /// <summary>Reports that the interrupt is handled, and unmasks it.</summary>
    public Status Acknowledge() => CallArguments.Do(KernelCall.InterruptAcknowledge, Slot);
}

/// <summary>A range of I/O ports.</summary>
public readonly struct Ports
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Ports(uint slot) => Slot = slot;

    /// <summary>Derives a part of it into <paramref name="slot"/>.</summary>
    public Status Derive(ushort first, uint count, uint slot) => CallArguments.Do(KernelCall.PortDerive, Slot, first, count, slot);

    /// <summary>Gives a domain the instructions IN and OUT on these ports.</summary>
    public Status Enable(Domain domain) => CallArguments.Do(KernelCall.PortEnable, Slot, domain.Slot);
}
