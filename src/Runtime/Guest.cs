using Tierce.Abi;

namespace Tierce.Runtime;

/// <summary>A guest's address spaces.</summary>
public readonly struct Guest
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public Guest(uint slot) => Slot = slot;

    /// <summary>Creates a guest over a range of memory; frame n is page n of it.</summary>
    public static Status Create(Memory memory, Memory cache, uint slot, ulong tableBitmapFrame, ulong noteFrame, ulong cacheSettings) =>
        KernelCalls.Make(
            KernelCall.GuestCreate,
            new GuestCreateArguments
            {
                Memory = memory.Slot,
                Cache = cache.Slot,
                Slot = slot,
                BitmapFrame = tableBitmapFrame,
                NoteFrame = noteFrame,
                Settings = cacheSettings,
            });

    /// <summary>
    /// Maps any number of guest frames into the hole, in steps that the kernel accepts, with large pages where both sides are aligned.
    /// </summary>
    public Status Map(ulong address, ulong frame, ulong pages, CapRights rights)
    {
        const ulong Large = 512;
        while (pages != 0)
        {
            bool aligned = ((address >> 12) % Large) == 0 && (frame % Large) == 0 && pages >= Large;
            ulong step = pages;
            if (aligned)
            {
                step = pages >= Large * Large ? Large * Large : pages - (pages % Large);
            }
            else if (step > Large)
            {
                step = Large;
            }

            Status status = KernelCalls.Make(
                KernelCall.GuestMap,
                new GuestMapArguments { Guest = Slot, Address = address, FirstFrame = frame, Pages = step, Rights = (ulong)rights });
            if (status == Status.Again)
            {
                continue;
            }

            if (status != Status.Ok)
            {
                return status;
            }

            address += step << 12;
            frame += step;
            pages -= step;
        }

        return Status.Ok;
    }
}

/// <summary>Why a virtual CPU does not run.</summary>
public struct VCpuReport
{
    /// <summary>Its state.</summary>
    public VCpuPhase State;

    /// <summary>Reason of its crash.</summary>
    public CrashReason Reason;

    /// <summary>Detail of the reason.</summary>
    public ulong Detail;

    /// <summary>Its RIP.</summary>
    public ulong Rip;

    /// <summary>Its stack pointer.</summary>
    public ulong Rsp;

    /// <summary>Guest frame of the guest kernel's root.</summary>
    public ulong RootFrame;
}

/// <summary>A virtual CPU of a guest.</summary>
public readonly struct VCpu
{
    /// <summary>Slot in this domain's table.</summary>
    public readonly uint Slot;

    /// <summary>A handle for a slot.</summary>
    public VCpu(uint slot) => Slot = slot;

    /// <summary>
    /// Creates a stopped virtual CPU. It signals <paramref name="stopBits"/> when it stops or makes a request, and may itself signal
    /// <paramref name="guestBits"/>.
    /// </summary>
    public static Status Create(Guest guest, uint slot, ulong pageFrame, uint priority, Notification events, uint stopBits, uint guestBits, ulong romFrame) =>
        KernelCalls.Make(
            KernelCall.VCpuCreate,
            new VCpuCreateArguments
            {
                Guest = guest.Slot,
                Slot = slot,
                PageFrame = pageFrame,
                Priority = (ushort)priority,
                Notification = events.Slot,
                StopBits = stopBits,
                GuestBits = guestBits,
                RomFrame = romFrame,
            });

    /// <summary>Starts it with the registers in its page and the given top-level table.</summary>
    public Status Start(ulong rootFrame) => Control(VCpuOperation.Start, rootFrame);

    /// <summary>Resumes it after a request.</summary>
    public Status Resume() => Control(VCpuOperation.Resume, 0);

    /// <summary>Sets pending events (<see cref="VCpuEvent"/>).</summary>
    public Status Inject(ulong events) => Control(VCpuOperation.Inject, events);

    /// <summary>
    /// Sets pending events, then waits as <see cref="Notification.Wait"/> does. Does not report an event that is refused.
    /// </summary>
    public ulong InjectAndWait(ulong events, Notification at, ulong deadline) => Machine.SignalWait(Slot, events, at.Slot, deadline);

    /// <summary>Binds bits of a notification that this domain waits for: signals of them become events of the virtual CPU.</summary>
    public Status Bind(Notification notification, ulong bits, ulong events) =>
        KernelCalls.Make(
            KernelCall.VCpuBind,
            new VCpuBindArguments { VCpu = Slot, Notification = notification.Slot, Bits = bits, Events = events });

    /// <summary>Connects a doorbell: the ROM then signals bits of the notification without this domain.</summary>
    public Status Connect(int doorbell, Notification notification, ulong bits) =>
        KernelCalls.Make(
            KernelCall.VCpuConnect,
            new VCpuConnectArguments { VCpu = Slot, Doorbell = (ulong)doorbell, Notification = notification.Slot, Bits = bits });

    /// <summary>Removes the binding: later signals can be waited for again.</summary>
    public Status Unbind(Notification notification) => Bind(notification, 0, 0);

    /// <summary>Queries why it stopped.</summary>
    public Status Query(out VCpuReport report)
    {
        Status status = KernelCalls.Make(KernelCall.VCpuQuery, new VCpuQueryArguments { VCpu = Slot }, out VCpuQueryResults results);
        report.State = (VCpuPhase)results.State;
        report.Reason = (CrashReason)results.Reason;
        report.Detail = results.Detail;
        report.Rip = results.InstructionPointer;
        report.Rsp = results.StackPointer;
        report.RootFrame = results.RootFrame;
        return status;
    }

    private Status Control(VCpuOperation operation, ulong value) =>
        KernelCalls.Make(KernelCall.VCpuControl, new VCpuControlArguments { VCpu = Slot, Operation = (ulong)operation, Value = value });
}
