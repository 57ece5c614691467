namespace Tierce.Tool.Bench.Interrupts;

/// <summary>Where an instruction lies.</summary>
internal enum Place
{
    /// <summary>Hypervisor in ring 0: Tierce's kernel, or Xen.</summary>
    Kernel,

    /// <summary>Tierce's ROM, in the guest.</summary>
    Rom,

    /// <summary>The guest's kernel.</summary>
    GuestKernel,

    /// <summary>The user half: a domain's program, or guest user.</summary>
    User,
}

/// <summary>Values of the kernel's counters at one moment.</summary>
/// <param name="ContextSwitches">Context switches.</param>
/// <param name="Returns">Virtual CPUs' own returns to guest user: virtual-ring switches.</param>
internal readonly record struct Counters(ulong ContextSwitches, ulong Returns);

/// <summary>A landmark on an interrupt's way.</summary>
/// <param name="Instructions">Instructions carried out since the entry, this one not included.</param>
/// <param name="Switches">Context switches that the kernel has counted since the entry.</param>
internal readonly record struct Landmark(int Instructions, int Switches);

/// <summary>One interrupt, instruction by instruction, from the first of its entry until the interrupted code resumes.</summary>
internal sealed class InterruptTrace
{
    private readonly List<ulong> _addresses = [];

    /// <summary>Addresses of the instructions, in the order in which they were carried out.</summary>
    public IReadOnlyList<ulong> Addresses => _addresses;

    /// <summary>First instruction of a domain's program: the driver's top half. Null if the interrupt needs none.</summary>
    public Landmark? TopHalf { get; private set; }

    /// <summary>First instruction of the guest's handler; null if the interrupt reached none.</summary>
    public Landmark? Guest { get; private set; }

    /// <summary>The interrupted instruction, about to be carried out again; null if that was not awaited.</summary>
    public Landmark? Return { get; private set; }

    /// <summary>Returns to guest user by the virtual CPU itself, between entry and return.</summary>
    public int ReturnsToUser { get; private set; }

    /// <summary>Context switches in all: the kernel's count, and the virtual CPU's own return to user where it stands for RCV.</summary>
    public int? Total => Return is { } end ? end.Switches + ReturnsToUser : null;

    /// <summary>How often an instruction was carried out: with a function's first, how often that was called.</summary>
    public int TimesAt(ulong address) => _addresses.Count(passed => passed == address);

    /// <summary>Where an address lies.</summary>
    public static Place PlaceOf(ulong address) => address switch
    {
        < Abi.HoleLayout.UserLimit => Place.User,
        >= Abi.HoleLayout.End => Place.GuestKernel,
        >= Abi.HoleLayout.RomText and < Abi.HoleLayout.Window => Place.Rom,
        _ => Place.Kernel,
    };

    /// <summary>Steps a machine that stands at the first instruction of an interrupt's entry.</summary>
    /// <param name="stub">The machine.</param>
    /// <param name="read">Reads the kernel's counters.</param>
    /// <param name="isHandler">Whether an address belongs to the guest's handler.</param>
    /// <param name="interrupted">Interrupted instruction and stack pointer.</param>
    /// <param name="most">Instructions after which to give up waiting for the return.</param>
    public static InterruptTrace Record(GdbStub stub, Func<Counters> read, Func<ulong, bool> isHandler, (ulong Address, ulong Stack) interrupted, int most)
    {
        InterruptTrace trace = new();
        Counters start = read();
        ulong address = stub.Register(GdbStub.InstructionPointer);
        while (trace._addresses.Count < most)
        {
            if (address == interrupted.Address && stub.Register(GdbStub.StackPointer) == interrupted.Stack)
            {
                Counters end = read();
                trace.Return = trace.Mark(start, end);
                trace.ReturnsToUser = (int)(end.Returns - start.Returns);
                return trace;
            }

            if (trace.Guest is null && isHandler(address))
            {
                trace.Guest = trace.Mark(start, read());
            }
            else if (trace.TopHalf is null && trace.Guest is null && PlaceOf(address) == Place.User)
            {
                trace.TopHalf = trace.Mark(start, read());
            }

            trace._addresses.Add(address);
            stub.Step();
            address = stub.Register(GdbStub.InstructionPointer);
        }

        return trace;
    }

    /// <summary>The path as a sequence: places, and the number of consecutive instructions in each.</summary>
    public IEnumerable<(Place Place, int Instructions)> Way()
    {
        int first = 0;
        for (int i = 1; i <= _addresses.Count; i++)
        {
            if (i == _addresses.Count || PlaceOf(_addresses[i]) != PlaceOf(_addresses[first]))
            {
                yield return (PlaceOf(_addresses[first]), i - first);
                first = i;
            }
        }
    }

    /// <summary>Instructions spent in each function or place, most first.</summary>
    /// <param name="kernel">Symbols of the kernel.</param>
    /// <param name="rom">Symbols of the ROM.</param>
    /// <param name="from">First instruction to include, counted from the entry.</param>
    /// <param name="to">First instruction after those to include.</param>
    public IEnumerable<(string Where, int Instructions)> Profile(ImageSymbols kernel, ImageSymbols rom, int from, int to) => _addresses
        .Take(to)
        .Skip(from)
        .GroupBy(address => PlaceOf(address) switch
        {
            Place.Kernel => $"kernel {kernel.Around(address)}",
            Place.Rom => $"rom {rom.Around(address)}",
            Place.User => "user half",
            _ => "guest kernel",
        })
        .Select(group => (group.Key, group.Count()))
        .OrderByDescending(entry => entry.Item2);

    private Landmark Mark(Counters start, Counters now) => new(_addresses.Count, (int)(now.ContextSwitches - start.ContextSwitches));
}
