using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <content>The control line, of which root itself is the driver's only client.</content>
public ref partial struct SystemBuilder
{
    // SAFETY: root maps the rings for its own life, and their other end is treated as a stranger (ByteRing).

    private const ulong ControlAddress = 0x0000_0049_0000_0000, ControlInputAddress = ControlAddress + 0x8000;

    /// <summary>Makes the rings of the control line, if the manifest names a driver for one.</summary>
    private readonly unsafe Status MakeControl(in ManifestParser manifest)
    {
        TextRange name = manifest.Machine.Control;
        if (name.Length == 0)
        {
            return Status.Ok;
        }

        int driver = manifest.FindDriver(name.In(_text));
        ref ControlWiring wiring = ref _root.ControlWiring;
        wiring.Driver = driver;
        Status status = MapControl(ConsoleChannel.Pages, ControlAddress, out wiring.ChannelSlot);
        status = status != Status.Ok ? status : MapControl(ConsoleInput.Pages, ControlInputAddress, out wiring.InputSlot);
        if (status == Status.Ok)
        {
            _root.Control = new ControlChannel(
                ConsoleChannel.InputReader((byte*)ControlInputAddress),
                ConsoleChannel.OutputWriter((byte*)ControlAddress),
                new Notification(_programWiring[driver].EventsSlot),
                new Notification(wiring.EventsSlot));
        }

        return status;
    }

    private readonly Status MapControl(ulong pages, ulong address, out uint slot)
    {
        Status status = _root.AllocateForDevice(pages, out Memory memory, out _);
        slot = memory.Slot;
        return status != Status.Ok ? status : memory.Map(Domain.Own, address, 0, pages, Shared, _root.Slots.Take());
    }

    private readonly bool HasControl(int program) => _root.Control.IsOpen && _root.ControlWiring.Driver == program;

    /// <summary>Grants the driver of the control line its client.</summary>
    private readonly void GrantControl(ref DomainBuilder builder, int program)
    {
        if (HasControl(program))
        {
            builder.Grant(StartupPurpose.Channel, _root.ControlWiring.ChannelSlot, Shared);
            builder.Grant(StartupPurpose.ConsoleInput, _root.ControlWiring.InputSlot, Shared);
            builder.Grant(StartupPurpose.Peer, _root.ControlWiring.EventsSlot, CapRights.Send, ConsoleChannel.ClientBit);
        }
    }

    /// <summary>Answers requests of the control line, if there is one.</summary>
    public readonly void PumpControl()
    {
        if (_root.Control.IsOpen)
        {
            _root.Control.Pump(new DiskCommands(_text, _programs, _guests, _programWiring, _guestWiring));
        }
    }
}
