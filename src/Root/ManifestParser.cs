namespace Tierce.Root;

/// <summary>
/// Reads the boot manifest: lines of <c>[section]</c>, <c>[section NAME]</c> and <c>key=value</c>; '#' and ';' begin comments. It continues
/// after an error, so that one run shows all errors.
/// </summary>
public ref partial struct ManifestParser
{
    private readonly ReadOnlySpan<byte> _text;
    private readonly Span<ProgramEntry> _programs;
    private readonly Span<GuestEntry> _guests;
    private readonly Span<ManifestError> _errors;
    private Section _section;
    private int _line;

    /// <summary>A parser of a text, with room for the results.</summary>
    public ManifestParser(ReadOnlySpan<byte> text, Span<ProgramEntry> programs, Span<GuestEntry> guests, Span<ManifestError> errors)
    {
        this = default;
        _text = text;
        _programs = programs;
        _guests = guests;
        _errors = errors;
    }

    private enum Section
    {
        None,
        Machine,
        Program,
        Guest,
        Skipped,
    }

    /// <summary>Section <c>[machine]</c>.</summary>
    public MachineEntry Machine;

    /// <summary>Drivers and applications found.</summary>
    public int ProgramCount { get; private set; }

    /// <summary>Guests found.</summary>
    public int GuestCount { get; private set; }

    /// <summary>Number of errors. Only those that have room are kept.</summary>
    public int ErrorCount { get; private set; }

    /// <summary>Number of errors kept.</summary>
    public readonly int KeptErrors => ErrorCount < _errors.Length ? ErrorCount : _errors.Length;

    /// <summary>Reads the whole text. Returns true if there is no error.</summary>
    public bool Parse()
    {
        int start = 0;
        while (start < _text.Length)
        {
            int length = _text.Slice(start).IndexOf((byte)'\n');
            length = length < 0 ? _text.Length - start : length;
            _line++;
            ParseLine(Trim(start, length));
            start += length + 1;
        }

        CheckComplete();
        return ErrorCount == 0;
    }

    private void ParseLine(TextRange line)
    {
        ReadOnlySpan<byte> bytes = line.In(_text);
        if (bytes.Length == 0 || bytes[0] is (byte)'#' or (byte)';')
        {
            return;
        }

        if (bytes[0] == (byte)'[' && bytes[^1] == (byte)']')
        {
            ParseHead(Trim(line.Start + 1, line.Length - 2));
            return;
        }

        int equals = bytes.IndexOf((byte)'=');
        if (equals < 1)
        {
            Fail(ManifestProblem.BadLine, line);
            return;
        }

        TextRange key = Trim(line.Start, equals);
        TextRange value = Trim(line.Start + equals + 1, line.Length - equals - 1);
        switch (_section)
        {
            case Section.None: Fail(ManifestProblem.NoSection, key); break;
            case Section.Machine: TakeMachineKey(key, value); break;
            case Section.Program: TakeProgramKey(key, value, ref _programs[ProgramCount - 1]); break;
            case Section.Guest: TakeGuestKey(key, value, ref _guests[GuestCount - 1]); break;
            default: break;
        }
    }

    private void ParseHead(TextRange head)
    {
        ReadOnlySpan<byte> bytes = head.In(_text);
        int space = bytes.IndexOf((byte)' ');
        ReadOnlySpan<byte> kind = space < 0 ? bytes : bytes.Slice(0, space);
        TextRange name = space < 0 ? default : Trim(head.Start + space, head.Length - space);
        _section = Section.Skipped;
        if (kind.SequenceEqual("machine"u8) && name.Length == 0)
        {
            _section = Section.Machine;
            return;
        }

        bool driver = kind.SequenceEqual("driver"u8);
        bool guest = kind.SequenceEqual("guest"u8);
        if (!driver && !guest && !kind.SequenceEqual("application"u8))
        {
            Fail(ManifestProblem.UnknownSection, head);
        }
        else if (name.Length is 0 or > Abi.ManifestLimits.NameSize)
        {
            Fail(ManifestProblem.BadName, head);
        }
        else if (guest ? GuestCount == _guests.Length : ProgramCount == _programs.Length)
        {
            Fail(ManifestProblem.TooMany, head);
        }
        else if (guest)
        {
            _section = Section.Guest;
            _guests[GuestCount++] = new GuestEntry { Name = name, Line = _line, MostShortLives = GuestEntry.UsualShortLives };
        }
        else
        {
            _section = Section.Program;
            _programs[ProgramCount++] = new ProgramEntry { Name = name, Line = _line, IsDriver = driver, Interrupt = -1, Device = -1, Priority = -1, BudgetPercent = driver ? ProgramEntry.UsualBudget : 100 };
        }
    }

    private void CheckComplete()
    {
        for (int i = 0; i < ProgramCount; i++)
        {
            _line = _programs[i].Line;
            Need(_programs[i].Image.Length != 0, _programs[i].Name);
            if (_programs[i].Device >= 0 && ProgramEntry.FindBus(_programs.Slice(0, ProgramCount)) < 0)
            {
                Fail(ManifestProblem.NoBus, _programs[i].Name);
            }
            else if (HasDeviceOfAnother(i))
            {
                Fail(ManifestProblem.SharedDevice, _programs[i].Name);
            }
        }

        for (int i = 0; i < GuestCount; i++)
        {
            ref GuestEntry guest = ref _guests[i];
            _line = guest.Line;
            Need(guest.Monitor.Length != 0 && guest.Rom.Length != 0 && guest.Kernel.Length != 0 && guest.MemoryBytes != 0, guest.Name);
            CheckDisks(i);
            int console = guest.Console.Length == 0 ? -1 : FindDriver(guest.Console.In(_text));
            if (guest.Console.Length != 0 && (console < 0 || _programs[console].DeviceKind == Runtime.Devices.DeviceKind.Block))
            {
                Fail(ManifestProblem.UnknownConsole, guest.Console);
            }
        }

        CheckControl();
    }

    /// <summary>Whether an earlier driver has the same device. Each would reset it under the other.</summary>
    private readonly bool HasDeviceOfAnother(int program)
    {
        for (int i = 0; i < program; i++)
        {
            if (_programs[i].Device >= 0 && _programs[i].Device == _programs[program].Device && _programs[i].DeviceKind == _programs[program].DeviceKind)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The control line has a driver of its own: bytes of a guest must never be requests.</summary>
    private void CheckControl()
    {
        ReadOnlySpan<byte> name = Machine.Control.In(_text);
        int driver = FindDriver(name);
        bool isBad = name.Length != 0 && (driver < 0 || _programs[driver].Device >= 0 || _programs[driver].IsBus);
        for (int i = 0; i < GuestCount && name.Length != 0; i++)
        {
            isBad |= _guests[i].Console.In(_text).SequenceEqual(name);
        }

        if (isBad)
        {
            _line = Machine.ControlLine;
            Fail(ManifestProblem.BadControl, Machine.Control);
        }
    }

    private void CheckDisks(int index)
    {
        ref GuestEntry guest = ref _guests[index];
        Need(guest.DiskCount == 0 || guest.BackEnd.Length != 0, guest.Name);
        for (int disk = 0; disk < guest.DiskCount; disk++)
        {
            TextRange name = guest.Disks[disk].Driver;
            int driver = FindDriver(name.In(_text));
            if (driver < 0 || _programs[driver].DeviceKind != Runtime.Devices.DeviceKind.Block)
            {
                Fail(ManifestProblem.UnknownDisk, name);
            }
            else if (IsShared(driver, index, disk))
            {
                Fail(ManifestProblem.SharedDisk, name);
            }
        }
    }

    /// <summary>Whether a disk has sectors of a driver's device in common with one before it, and one of the two may be written.</summary>
    private readonly bool IsShared(int driver, int guest, int number)
    {
        GuestDisk disk = _guests[guest].Disks[number];
        for (int i = 0; i <= guest; i++)
        {
            int count = i == guest ? number : _guests[i].DiskCount;
            for (int other = 0; other < count; other++)
            {
                ref GuestDisk earlier = ref _guests[i].Disks[other];
                if ((!disk.ReadOnly || !earlier.ReadOnly) && disk.Overlaps(earlier) && FindDriver(earlier.Driver.In(_text)) == driver)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Index of the driver section with that name, or -1.</summary>
    public readonly int FindDriver(ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < ProgramCount; i++)
        {
            if (_programs[i].IsDriver && _programs[i].Name.In(_text).SequenceEqual(name))
            {
                return i;
            }
        }

        return -1;
    }

    private void Need(bool there, TextRange section)
    {
        if (!there)
        {
            Fail(ManifestProblem.MissingKey, section);
        }
    }

    private void FailIf(bool bad, TextRange value)
    {
        if (bad)
        {
            Fail(ManifestProblem.BadValue, value);
        }
    }

    private bool Number(TextRange value, ulong most, out ulong number)
    {
        bool ok = NumberText.TryParse(value.In(_text), out number) && number <= most;
        FailIf(!ok, value);
        return ok;
    }

    private void Fail(ManifestProblem problem, TextRange about)
    {
        if (ErrorCount < _errors.Length)
        {
            _errors[ErrorCount] = new ManifestError { Problem = problem, Line = _line, About = about };
        }

        ErrorCount++;
    }

    private readonly TextRange Trim(int start, int length)
    {
        while (length > 0 && (_text[start] is (byte)' ' or (byte)'\t'))
        {
            start++;
            length--;
        }

        while (length > 0 && (_text[start + length - 1] is (byte)' ' or (byte)'\t' or (byte)'\r'))
        {
            length--;
        }

        return new TextRange(start, length);
    }
}
