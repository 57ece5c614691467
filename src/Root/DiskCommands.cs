using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Root;

/// <summary>
/// Does what requests of the control line want of guests' disks. Each command writes a page that a driver or a monitor reads, and signals it.
/// None waits, so a guest, a monitor or a driver that does not answer holds up nothing.
/// </summary>
public readonly ref struct DiskCommands
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<ProgramEntry> _programs;
    private readonly ReadOnlySpan<GuestEntry> _guests;
    private readonly Span<ProgramWiring> _programWiring;
    private readonly Span<GuestWiring> _guestWiring;

    /// <summary>Commands over the parts of a started manifest.</summary>
    public DiskCommands(
        ReadOnlySpan<byte> text,
        ReadOnlySpan<ProgramEntry> programs,
        ReadOnlySpan<GuestEntry> guests,
        Span<ProgramWiring> programWiring,
        Span<GuestWiring> guestWiring)
    {
        _text = text;
        _programs = programs;
        _guests = guests;
        _programWiring = programWiring;
        _guestWiring = guestWiring;
    }

    /// <summary>Executes a request that is no list.</summary>
    /// <param name="line">The line that it was read from.</param>
    /// <param name="request">The request.</param>
    public ControlProblem Execute(ReadOnlySpan<byte> line, in ControlRequest request)
    {
        int guest = Find(request.Guest.In(line));
        if (guest < 0 || request.Disk >= _guests[guest].DiskCount)
        {
            return guest < 0 ? ControlProblem.UnknownGuest : ControlProblem.UnknownDisk;
        }

        int driver = _guestWiring[guest].Disks[request.Disk].Driver;
        switch (request.Verb)
        {
            case ControlVerb.Limit:
                Limit(_guestWiring[guest].Disks[request.Disk], request);
                return ControlProblem.None;
            case ControlVerb.RestartDriver:
                return Kill(!_programWiring[driver].Ended, ref _programWiring[driver].Lives, _programWiring[driver].Parts);
            case ControlVerb.RestartBackEnd:
                ref BackEndWiring backEnd = ref _guestWiring[guest].BackEnd;
                return Kill(backEnd.Running, ref backEnd.Lives, backEnd.Parts);
            default:
                Plug(guest, request.Disk, request.Verb == ControlVerb.Plug);
                return ControlProblem.None;
        }
    }

    /// <summary>
    /// Describes the disk at a place of the list of all disks. Returns false after the last one. The place, a guest and one of its disks,
    /// moves on.
    /// </summary>
    public bool Describe(ref int guest, ref int disk, ref ControlAnswer answer)
    {
        while (guest < _guests.Length && disk >= _guests[guest].DiskCount)
        {
            guest++;
            disk = 0;
        }

        if (guest >= _guests.Length)
        {
            return false;
        }

        ref readonly GuestEntry entry = ref _guests[guest];
        GuestDisk there = entry.Disks[disk];
        DiskWiring wiring = _guestWiring[guest].Disks[disk];
        ClientRate rate = DiskPages.Rate(_programWiring[wiring.Driver].Device.Queue, wiring.Client);
        answer.Text(" disk "u8);
        answer.Text(entry.Name.In(_text));
        answer.Text(" xvd"u8);
        answer.Text("abcdefgh"u8.Slice(disk, 1));
        answer.Text(_guestWiring[guest].Ended ? " ended"u8 : Words(DiskPages.State(guest, disk)));
        answer.Text(there.ReadOnly ? " ro"u8 : " rw"u8);
        answer.Text(" driver="u8);
        answer.Text(_programs[wiring.Driver].Name.In(_text));
        answer.Text(" ops="u8);
        answer.Decimal(rate.Operations);
        answer.Text(" bytes="u8);
        answer.Decimal(rate.Bytes);
        disk++;
        return true;
    }

    private void Limit(in DiskWiring disk, in ControlRequest request)
    {
        ref readonly ProgramWiring driver = ref _programWiring[disk.Driver];
        ClientRate rate = DiskPages.Rate(driver.Device.Queue, disk.Client);
        rate.Operations = request.HasOperations ? request.Operations : rate.Operations;
        rate.Bytes = request.HasBytes ? request.Bytes : rate.Bytes;
        DiskPages.SetRate(driver.Device.Queue, disk.Client, rate);
        new Notification(driver.EventsSlot).Signal(RateTable.ChangedBit);
    }

    /// <summary>Ends a life, however its domain behaves. Root starts the next one when the kernel reports the end.</summary>
    private static ControlProblem Kill(bool runs, ref Lives lives, in DomainParts parts)
    {
        if (!runs)
        {
            return ControlProblem.Ended;
        }

        lives.Kill(parts);
        return ControlProblem.None;
    }

    private void Plug(int guest, int disk, bool plugged)
    {
        DiskPages.SetPlugged(guest, disk, plugged);
        new Notification(_guestWiring[guest].EventsSlot).Signal(PlugTable.ChangedBit);
    }

    private int Find(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < _guests.Length; i++)
        {
            if (_guests[i].Name.In(_text).SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    private static ReadOnlySpan<byte> Words(PlugState state)
    {
        switch (state)
        {
            case PlugState.Offered: return " offered"u8;
            case PlugState.Connected: return " connected"u8;
            case PlugState.Unplugging: return " unplugging"u8;
            default: return " unplugged"u8;
        }
    }
}
