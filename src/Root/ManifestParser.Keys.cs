namespace Tierce.Root;

/// <content>The keys of each section.</content>
public ref partial struct ManifestParser
{
    /// <summary>Most memory for an application in addition to what it runs in: 64 GiB, as for a guest.</summary>
    private const ulong MostApplicationMemory = 1UL << 36;

    private void TakeMachineKey(TextRange key, TextRange value)
    {
        if (key.In(_text).SequenceEqual("exit-port"u8))
        {
            if (Number(value, ushort.MaxValue, out ulong port))
            {
                Machine.ExitPort = (ushort)port;
            }
        }
        else if (key.In(_text).SequenceEqual("control"u8))
        {
            Machine.Control = value;
            Machine.ControlLine = _line;
        }
        else
        {
            Fail(ManifestProblem.UnknownKey, key);
        }
    }

    private void TakeProgramKey(TextRange key, TextRange value, ref ProgramEntry entry)
    {
        ReadOnlySpan<byte> name = key.In(_text);
        if (name.SequenceEqual("image"u8))
        {
            entry.Image = value;
        }
        else if (name.SequenceEqual("priority"u8))
        {
            if (Number(value, 31, out ulong priority))
            {
                entry.Priority = (int)priority;
            }
        }
        else if (name.SequenceEqual("args"u8))
        {
            entry.Arguments = value;
            FailIf(value.Length > Abi.ManifestLimits.ArgumentsSize, value);
        }
        else if (!entry.IsDriver && name.SequenceEqual("on-end"u8))
        {
            entry.ExitWhenLast = value.In(_text).SequenceEqual("exit-last"u8);
            FailIf(!entry.ExitWhenLast && !value.In(_text).SequenceEqual("stay"u8), value);
        }
        else if (!entry.IsDriver && name.SequenceEqual("memory"u8))
        {
            Number(value, MostApplicationMemory, out entry.MemoryBytes);
        }
        else if (entry.IsDriver && name.SequenceEqual("irq"u8))
        {
            if (Number(value, Abi.RootInfo.InterruptSlots - 1, out ulong interrupt))
            {
                entry.Interrupt = (int)interrupt;
            }
        }
        else if (entry.IsDriver && name.SequenceEqual("budget"u8))
        {
            FailIf(!Number(value, 100, out ulong percent) || percent == 0, value);
            entry.BudgetPercent = (uint)percent;
        }
        else if (entry.IsDriver && name.SequenceEqual("restart"u8))
        {
            TakeRestart(value, ref entry.Restart);
        }
        else if (entry.IsDriver && name.SequenceEqual("bus"u8))
        {
            entry.IsBus = value.In(_text).SequenceEqual("pci"u8);
            FailIf(!entry.IsBus, value);
        }
        else if (entry.IsDriver && name.SequenceEqual("device"u8))
        {
            TakeDevice(value, ref entry);
        }
        else if (entry.IsDriver && name.SequenceEqual("ports"u8))
        {
            TakePorts(value, ref entry);
        }
        else
        {
            Fail(ManifestProblem.UnknownKey, key);
        }
    }

    /// <summary><c>block:N</c> or <c>console:N</c>.</summary>
    private void TakeDevice(TextRange value, ref ProgramEntry entry)
    {
        ReadOnlySpan<byte> text = value.In(_text);
        bool isConsole = text.StartsWith("console:"u8);
        int kind = text.IndexOf((byte)':') + 1;
        var number = new TextRange(value.Start + kind, value.Length - kind);
        if (!isConsole && !text.StartsWith("block:"u8))
        {
            Fail(ManifestProblem.BadValue, value);
        }
        else if (Number(number, Runtime.Devices.BusTable.MostDevices - 1, out ulong index))
        {
            entry.Device = (int)index;
            entry.DeviceKind = isConsole ? Runtime.Devices.DeviceKind.Console : Runtime.Devices.DeviceKind.Block;
        }
    }

    /// <summary><c>DRIVER</c>, then words after colons: see <see cref="GuestDisk"/>.</summary>
    private void TakeDisk(TextRange value, ref GuestEntry entry)
    {
        if (entry.DiskCount == Runtime.Devices.DeviceControl.MostDevices)
        {
            Fail(ManifestProblem.BadValue, value);
            return;
        }

        FailIf(value.In(_text).EndsWith(":"u8), value);
        ref GuestDisk disk = ref entry.Disks[entry.DiskCount++];
        disk.Driver = CutAtColon(ref value);
        while (value.Length != 0)
        {
            TakeDiskWord(CutAtColon(ref value), ref disk);
        }

        FailIf(disk.Sectors > DiskSectors - disk.FirstSector, disk.Driver);
    }

    /// <summary>Most sectors of a disk, so that sums of two fit: 2^63 bytes.</summary>
    private const ulong DiskSectors = 1UL << 54;

    private void TakeDiskWord(TextRange word, ref GuestDisk disk)
    {
        ReadOnlySpan<byte> text = word.In(_text);
        int equals = text.IndexOf((byte)'=') + 1;
        ReadOnlySpan<byte> name = text.Slice(0, equals);
        var number = new TextRange(word.Start + equals, word.Length - equals);
        if (text.SequenceEqual("ro"u8))
        {
            disk.ReadOnly = true;
        }
        else if (text.SequenceEqual("unplugged"u8))
        {
            disk.Unplugged = true;
        }
        else if (name.SequenceEqual("first="u8))
        {
            Number(number, DiskSectors, out disk.FirstSector);
        }
        else if (name.SequenceEqual("sectors="u8))
        {
            FailIf(Number(number, DiskSectors, out disk.Sectors) && disk.Sectors == 0, word);
        }
        else if (name.SequenceEqual("ops="u8))
        {
            Number(number, MostRate, out disk.Operations);
        }
        else if (name.SequenceEqual("bytes="u8))
        {
            Number(number, MostRate, out disk.Bytes);
        }
        else
        {
            Fail(ManifestProblem.BadValue, word);
        }
    }

    /// <summary>Highest limit of a second; more is none.</summary>
    public const ulong MostRate = 1UL << 40;

    /// <summary>Cuts off what stands before the first colon; all of it if there is none.</summary>
    private readonly TextRange CutAtColon(ref TextRange value)
    {
        int colon = value.In(_text).IndexOf((byte)':');
        int length = colon < 0 ? value.Length : colon;
        var part = new TextRange(value.Start, length);
        int next = colon < 0 ? length : length + 1;
        value = new TextRange(value.Start + next, value.Length - next);
        return part;
    }

    private void TakePorts(TextRange value, ref ProgramEntry entry)
    {
        int dash = value.In(_text).IndexOf((byte)'-');
        TextRange first = dash < 0 ? value : Trim(value.Start, dash);
        TextRange last = dash < 0 ? value : Trim(value.Start + dash + 1, value.Length - dash - 1);
        if (!Number(first, ushort.MaxValue, out ulong from) || !Number(last, ushort.MaxValue, out ulong to))
        {
            return;
        }

        if (to < from)
        {
            Fail(ManifestProblem.BadValue, value);
            return;
        }

        entry.FirstPort = (ushort)from;
        entry.PortCount = (uint)(to - from + 1);
    }

    private void TakeGuestKey(TextRange key, TextRange value, ref GuestEntry entry)
    {
        ReadOnlySpan<byte> name = key.In(_text);
        if (name.SequenceEqual("monitor"u8))
        {
            entry.Monitor = value;
        }
        else if (name.SequenceEqual("rom"u8))
        {
            entry.Rom = value;
        }
        else if (name.SequenceEqual("native-rom"u8))
        {
            entry.NativeRom = value;
        }
        else if (name.SequenceEqual("kernel"u8))
        {
            entry.Kernel = value;
        }
        else if (name.SequenceEqual("initrd"u8))
        {
            entry.RamDisk = value;
        }
        else if (name.SequenceEqual("cmdline"u8))
        {
            entry.CommandLine = value;
            FailIf(value.Length >= Abi.ManifestLimits.CommandLineSize, value);
        }
        else if (name.SequenceEqual("console"u8))
        {
            entry.Console = value;
        }
        else if (name.SequenceEqual("disk"u8))
        {
            TakeDisk(value, ref entry);
        }
        else if (name.SequenceEqual("block-back"u8))
        {
            entry.BackEnd = value;
        }
        else if (name.SequenceEqual("memory"u8))
        {
            Number(value, 1UL << 46, out entry.MemoryBytes);
        }
        else if (name.SequenceEqual("watchdog"u8))
        {
            if (Number(value, Abi.ManifestLimits.MostWatchdog, out ulong seconds))
            {
                entry.WatchdogSeconds = (uint)seconds;
            }
        }
        else if (name.SequenceEqual("short-lives"u8))
        {
            entry.MostShortLives = Number(value, uint.MaxValue, out ulong lives) ? (uint)lives : 0;
        }
        else if (name.SequenceEqual("restart"u8))
        {
            TakeRestart(value, ref entry.Restart);
        }
        else if (name.SequenceEqual("entry"u8))
        {
            FailIf(!Runtime.EntryWays.TryParse(value.In(_text), out entry.Entry), value);
        }
        else if (name.SequenceEqual("interrupts"u8))
        {
            FailIf(!Runtime.InterruptWays.TryParse(value.In(_text), out entry.Interrupts), value);
        }
        else if (name.SequenceEqual("on-end"u8))
        {
            entry.ExitOnEnd = value.In(_text).SequenceEqual("exit"u8);
            entry.ExitWhenLast = value.In(_text).SequenceEqual("exit-last"u8);
            FailIf(!entry.ExitOnEnd && !entry.ExitWhenLast && !value.In(_text).SequenceEqual("stay"u8), value);
        }
        else if (!TakeCacheKey(name, value, ref entry))
        {
            Fail(ManifestProblem.UnknownKey, key);
        }
    }

    /// <summary>Takes a key of the page-table cache. Returns false if it is another one.</summary>
    private bool TakeCacheKey(ReadOnlySpan<byte> name, TextRange value, ref GuestEntry entry)
    {
        if (name.SequenceEqual("cache-roots"u8))
        {
            FailIf(!Number(value, Abi.CacheSettings.MostRoots, out ulong roots) || roots == 0, value);
            entry.CacheSettings |= roots & Abi.CacheSettings.RootsMask;
        }
        else if (name.SequenceEqual("cache-policy"u8))
        {
            TakeCacheChoice(value, "lru"u8, "fifo"u8, Abi.CacheSettings.LeastRecentlyUsed, ref entry);
        }
        else if (name.SequenceEqual("cache-fill-ahead"u8))
        {
            TakeCacheChoice(value, "off"u8, "on"u8, Abi.CacheSettings.NoFillAhead, ref entry);
        }
        else
        {
            return false;
        }

        return true;
    }

    private void TakeCacheChoice(TextRange value, ReadOnlySpan<byte> chosen, ReadOnlySpan<byte> other, ulong setting, ref GuestEntry entry)
    {
        ReadOnlySpan<byte> text = value.In(_text);
        bool set = text.SequenceEqual(chosen);
        FailIf(!set && !text.SequenceEqual(other), value);
        entry.CacheSettings |= set ? setting : 0;
    }

    private void TakeRestart(TextRange value, ref RestartPolicy restart)
    {
        ReadOnlySpan<byte> policy = value.In(_text);
        if (policy.SequenceEqual("on-crash"u8))
        {
            restart = RestartPolicy.OnCrash;
        }
        else if (policy.SequenceEqual("on-reboot"u8))
        {
            restart = RestartPolicy.OnReboot;
        }
        else if (policy.SequenceEqual("always"u8))
        {
            restart = RestartPolicy.Always;
        }
        else
        {
            restart = RestartPolicy.Never;
            FailIf(!policy.SequenceEqual("never"u8), value);
        }
    }
}
