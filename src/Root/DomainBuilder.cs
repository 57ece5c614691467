using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// Builds one domain: pool, image, stack with a guard page below, startup page, and exactly the rights that are granted to it. After the
/// first failed step every later one does nothing; <see cref="Status"/> has the error.
/// </summary>
public unsafe ref struct DomainBuilder
{
    /// <summary>Upper end of the stack of a domain's first thread.</summary>
    public const ulong StackTop = 0x0000_0000_2000_0000;

    /// <summary>Period of budgets, in microseconds.</summary>
    private const uint BudgetPeriod = 20_000;

    /// <summary>Pages of that stack.</summary>
    public const ulong StackPages = 16;

    /// <summary>Where root maps pages that it fills for the domain, one part at a time.</summary>
    private const ulong ImageWindow = 0x0000_0040_0000_0000;
    private const ulong StartupWindow = 0x0000_0041_0000_0000;
    private const CapRights MemoryRights = CapRights.Read | CapRights.Write | CapRights.Execute | CapRights.Delegate;

    private readonly ref RootState _root;
    private readonly Domain _domain;
    private readonly uint _startupMapping;
    private readonly ulong _startupPages;
    private readonly Memory _startupMemory;
    private uint _nextSlot;
    private uint _grants;

    /// <summary>Creates a domain.</summary>
    /// <param name="root">Gives it what it needs.</param>
    /// <param name="poolPages">Its kernel memory.</param>
    /// <param name="number">Its number: its end signals the bit of that (<see cref="DomainEnds"/>).</param>
    /// <param name="grants">Most lines of its startup page.</param>
    public DomainBuilder(ref RootState root, ulong poolPages, int number, uint grants)
    {
        _startupPages = StartupPage.PagesFor(grants);
        _root = ref root;
        _domain = new Domain(root.Slots.Take());
        _startupMapping = root.Slots.Take();
        _startupMemory = default;
        _nextSlot = 1;
        _grants = 0;
        Status = root.Allocate(poolPages, MemoryRights, out Memory pool);
        if (Status == Status.Ok)
        {
            Status = Domain.Create(pool, _domain.Slot, new Notification(root.FirstEndsSlot + (uint)DomainEnds.Group(number)), DomainEnds.Bit(number));
        }

        if (Status == Status.Ok)
        {
            Status = root.Allocate(_startupPages, MemoryRights, out _startupMemory);
        }

        if (Status == Status.Ok)
        {
            Status = _startupMemory.Map(Domain.Own, StartupWindow, 0, _startupPages, CapRights.Read | CapRights.Write, _startupMapping);
        }

        if (Status == Status.Ok)
        {
            new Span<byte>((void*)StartupWindow, (int)(_startupPages << 12)).Clear();
        }
    }

    /// <summary>The domain, in root's table.</summary>
    public readonly uint DomainSlot => _domain.Slot;

    /// <summary>Slots for a report about the domain's end; valid after <see cref="Start"/>.</summary>
    public uint ThreadSlot { get; private set; }

    /// <inheritdoc cref="ThreadSlot"/>
    public uint StackSlot { get; private set; }

    /// <summary>The first failure, or Ok.</summary>
    public Status Status { get; private set; }

    // SAFETY: mapped by the constructor whenever Status is Ok, until Start.
    private static StartupPage* Page => (StartupPage*)StartupWindow;

    /// <summary>Name and arguments for the startup page.</summary>
    public void Describe(ReadOnlySpan<byte> name, ReadOnlySpan<byte> commandLine)
    {
        if (Status != Status.Ok)
        {
            return;
        }

        Page->Magic = StartupPage.ExpectedMagic;
        Page->TscHertz = _root.Info->TscHertz;
        Page->WallClockNanoseconds = _root.Wall.Now(out ulong tsc);
        Page->WallClockTsc = tsc;
        name = name.Length <= StartupPage.NameSize ? name : name.Slice(0, StartupPage.NameSize);
        commandLine = commandLine.Length <= StartupPage.CommandLineSize ? commandLine : commandLine.Slice(0, StartupPage.CommandLineSize);
        name.CopyTo(new Span<byte>(Page->Name, StartupPage.NameSize));
        commandLine.CopyTo(new Span<byte>(Page->CommandLine, StartupPage.CommandLineSize));
        Page->NameLength = (uint)name.Length;
        Page->CommandLineLength = (uint)commandLine.Length;
    }

    /// <summary>Delegates one of root's capabilities with the given rights, and lists it.</summary>
    public void Grant(StartupPurpose purpose, uint rootSlot, CapRights rights, ulong value = 0, ulong badge = 0)
    {
        uint slot = _nextSlot;
        if (Status == Status.Ok)
        {
            Status = new Capability(rootSlot).Delegate(_domain, slot, rights, badge);
        }

        if (Status == Status.Ok)
        {
            _nextSlot++;
            List(purpose, slot, value);
        }
    }

    /// <summary>Lists a number without a capability.</summary>
    public void Tell(StartupPurpose purpose, ulong value)
    {
        if (Status == Status.Ok)
        {
            List(purpose, 0, value);
        }
    }

    /// <summary>Gives the domain I/O ports.</summary>
    public void GrantPorts(ushort first, uint count)
    {
        var ports = new Ports(_root.Slots.Take());
        if (Status == Status.Ok)
        {
            Status = new Ports(RootInfo.PortsSlot).Derive(first, count, ports.Slot);
        }

        if (Status == Status.Ok)
        {
            Status = ports.Enable(_domain);
        }

        Tell(StartupPurpose.Ports, first);
    }

    /// <summary>Loads an ELF image into fresh memory: text read and execute, constants read, data read and write.</summary>
    public ElfError Load(in BundleFile file, out ulong entry)
    {
        entry = 0;
        ElfError error = ElfImage.Open(Bundle.Bytes(file), out ElfImage image);
        if (error != ElfError.None)
        {
            return error;
        }

        entry = image.Entry;
        for (int i = 0; i < image.SegmentCount && Status == Status.Ok; i++)
        {
            ElfSegment segment = image.Segment(i);
            if (segment.Type == ElfSegment.Load && segment.MemorySize != 0)
            {
                LoadSegment(segment, image.Bytes(segment));
            }
        }

        return ElfError.None;
    }

    private void LoadSegment(scoped in ElfSegment segment, scoped ReadOnlySpan<byte> bytes)
    {
        ulong skew = segment.VirtualAddress & 4095;
        ulong pages = (skew + segment.MemorySize + 4095) >> 12;
        CapRights rights = CapRights.Read;
        rights |= (segment.Flags & ElfSegment.Writable) != 0 ? CapRights.Write : CapRights.None;
        rights |= (segment.Flags & ElfSegment.Executable) != 0 ? CapRights.Execute : CapRights.None;
        Status = _root.Allocate(pages, MemoryRights, out Memory memory);
        for (ulong first = 0; first < pages && Status == Status.Ok; first += Memory.MapPages)
        {
            ulong count = pages - first < Memory.MapPages ? pages - first : Memory.MapPages;
            Fill(memory, first, count, skew, bytes);
            if (Status == Status.Ok)
            {
                Status = memory.Map(_domain, segment.VirtualAddress - skew + (first << 12), first, count, rights, _root.Slots.Take());
            }
        }
    }

    /// <summary>Fills pages of a segment: zeros, and over them the part of the file that falls there.</summary>
    private void Fill(Memory memory, ulong first, ulong count, ulong skew, scoped ReadOnlySpan<byte> bytes)
    {
        var mapping = new Capability(_root.Slots.Take());
        Status = memory.Map(Domain.Own, ImageWindow, first, count, CapRights.Read | CapRights.Write, mapping.Slot);
        if (Status != Status.Ok)
        {
            return;
        }

        // SAFETY: these pages were mapped just now, and are root's alone until the domain is given them.
        var target = new Span<byte>((void*)ImageWindow, (int)(count << 12));
        target.Clear();
        ulong from = first << 12;
        int start = first == 0 ? (int)skew : 0;
        ulong done = first == 0 ? 0 : from - skew;
        if (done < (ulong)bytes.Length)
        {
            ReadOnlySpan<byte> part = bytes.Slice((int)done);
            int room = target.Length - start;
            part.Slice(0, part.Length < room ? part.Length : room).CopyTo(target.Slice(start));
        }

        Status = mapping.Delete();
    }

    /// <summary>Maps stack and startup page, creates the thread and starts it.</summary>
    /// <param name="entry">First instruction.</param>
    /// <param name="priority">0 to 31.</param>
    /// <param name="sliceMicroseconds">Time slice.</param>
    /// <param name="budgetPercent">Limit of its processor time at that priority; 100 for none.</param>
    public void Start(ulong entry, uint priority, uint sliceMicroseconds, uint budgetPercent)
    {
        if (Status != Status.Ok)
        {
            return;
        }

        Page->GrantCount = _grants;
        Page->FirstFreeSlot = _nextSlot;
        Status = new Capability(_startupMapping).Delete();
        if (Status == Status.Ok)
        {
            Status = _startupMemory.Map(_domain, StartupPage.Address, 0, _startupPages, CapRights.Read, _root.Slots.Take());
        }

        MapStack();
        var thread = new Thread(_root.Slots.Take());
        ThreadSlot = thread.Slot;
        if (Status == Status.Ok)
        {
            Status = Thread.Create(_domain, thread.Slot, entry, StackTop, priority, sliceMicroseconds, StartupPage.Address);
        }

        if (Status == Status.Ok && budgetPercent < 100)
        {
            Status = thread.SetBudget(budgetPercent * (BudgetPeriod / 100), BudgetPeriod);
        }

        if (Status == Status.Ok)
        {
            Status = thread.Start();
        }
    }

    private void MapStack()
    {
        if (Status != Status.Ok)
        {
            return;
        }

        Status = _root.Allocate(StackPages, MemoryRights, out Memory stack);
        StackSlot = stack.Slot;
        if (Status == Status.Ok)
        {
            // The page below stays unmapped, so that an overflow faults.
            Status = stack.Map(_domain, StackTop - (StackPages << 12), 0, StackPages, CapRights.Read | CapRights.Write, _root.Slots.Take());
        }
    }

    private void List(StartupPurpose purpose, uint slot, ulong value)
    {
        if (_grants == StartupPage.GrantsOn(_startupPages))
        {
            Status = Status.BadArgument;
            return;
        }

        StartupGrant* grant = &Page->FirstGrant + _grants++;
        grant->Purpose = purpose;
        grant->Slot = slot;
        grant->Value = value;
    }
}
