using Tierce.Abi;

namespace Tierce.Runtime.Consoles;

/// <summary>One client of the driver: its channel and the notification to signal.</summary>
public unsafe struct ConsoleClient
{
    private Notification _peer;
    private ulong _bit;

    /// <summary>Bytes to send to the device.</summary>
    public ByteRingReader Output;

    /// <summary>Bytes from the device.</summary>
    public ByteRingWriter Input;

    /// <summary>The client has new input and has not been signalled.</summary>
    public bool Touched;

    /// <summary>Opens the <paramref name="index"/>-th channel of the startup page.</summary>
    public void Open(Startup startup, int index, ref SlotAllocator slots)
    {
        const ulong FirstAddress = 0x0000_0011_0000_0000;
        const ulong InputOffset = 0x8000;
        bool listed = startup.TryGet(StartupPurpose.Channel, index, out uint channel, out _)
            & startup.TryGet(StartupPurpose.Peer, index, out uint peer, out _bit)
            & startup.TryGet(StartupPurpose.ConsoleInput, index, out uint input, out _);
        Failure.Check(listed ? Status.Ok : Status.BadArgument, "a client's part of the startup page"u8);
        Touched = false;
        _peer = new Notification(peer);
        byte* pages = (byte*)(FirstAddress + ((ulong)index << 16));
        Failure.Check(
            new Memory(channel).Map(Domain.Own, (ulong)pages, 0, ConsoleChannel.Pages, CapRights.Read | CapRights.Write, slots.Take()),
            "mapping a channel"u8);
        Failure.Check(
            new Memory(input).Map(Domain.Own, (ulong)pages + InputOffset, 0, ConsoleInput.Pages, CapRights.Read | CapRights.Write, slots.Take()),
            "mapping a guest's input"u8);

        // SAFETY: mapped above, for the domain's life.
        Output = ConsoleChannel.OutputReader(pages);
        Input = ConsoleChannel.InputWriter(pages + InputOffset);
    }

    /// <summary>SND: signals that there is input.</summary>
    public readonly void SendInput() => TopHalf.Send(_peer, _bit);

    /// <summary>Signals input and waits for the next interrupt, in one call.</summary>
    public readonly ulong SendInputAndGet(TopHalf topHalf) => topHalf.SendAndGet(_peer, _bit);

    /// <summary>Signals both input and room, because an earlier driver may have died before it did.</summary>
    public readonly void SendAll() => TopHalf.Send(_peer, _bit | (_bit << 1));

    /// <summary>Signals room to a client that waits for it, after taking output.</summary>
    public readonly void SendRoom()
    {
        if (Output.TakeWaiter())
        {
            TopHalf.Send(_peer, _bit << 1);
        }
    }
}
