using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>Leaves the machine: by the manifest's exit port if there is one, otherwise by halting.</summary>
public static class MachineExit
{
    /// <summary>Gives root itself the exit port.</summary>
    public static Status Open(ushort port, ref SlotAllocator slots)
    {
        if (port == 0)
        {
            return Status.Ok;
        }

        var ports = new Ports(slots.Take());
        Status status = new Ports(RootInfo.PortsSlot).Derive(port, 1, ports.Slot);
        return status != Status.Ok ? status : ports.Enable(Domain.Own);
    }

    /// <summary>Writes the byte; if the machine still runs, halts it.</summary>
    public static void Leave(ushort port, GuestEnd end)
    {
        if (port != 0)
        {
            Machine.Out8(port, (byte)end);
        }

        KernelCalls.Make(KernelCall.MachineControl, new MachineControlArguments { Machine = RootInfo.MachineSlot });
    }
}
