using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Tierce.Tool.Boot;
using Tierce.Tool.Host;

namespace Tierce.Tool.Bench.Interrupts;

/// <summary>
/// Boots a case's machine, lets it spin, and records interrupts from outside, through QEMU's gdb stub: the measured images contain no code
/// for it. The machine counts instructions, so a run repeats.
/// </summary>
internal sealed partial class InterruptBench : IDisposable
{
    private const int FirstVector = 32;
    private const int Vectors = 256;
    private const int SystemCallVector = 0x80;

    /// <summary>Number of interrupts that are observed first, to learn which arrive by themselves.</summary>
    private const int Quiet = 6;

    /// <summary>Interrupts among which the wanted one must be.</summary>
    private const int MostTries = 200;

    /// <summary>Interrupts to wait for until one more byte is sent.</summary>
    private const int TriesPerByte = 8;

    /// <summary>Instructions after which the return to the interrupted code is no longer awaited.</summary>
    private const int MostSteps = 200_000;

    private static readonly TimeSpan s_bootLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(60);

    /// <summary>Long enough for QEMU to take a byte from its standard input while the machine stands.</summary>
    private static readonly TimeSpan s_byteDelay = TimeSpan.FromMilliseconds(100);

    private readonly InterruptCase _case;
    private readonly Machine _machine;
    private readonly string _log;
    private readonly Task _reader;
    private readonly StringBuilder _console = new();
    private readonly Dictionary<ulong, int> _stubs = [];
    private readonly HashSet<int> _known = [];
    private readonly ulong _loop;
    private readonly Func<ulong, bool> _isHandler;
    private readonly Func<Counters> _counters;

    private InterruptBench(Repository tree, InterruptCase which, RunFolder folder)
    {
        _case = which;
        string socket = Path.Combine(Path.GetTempPath(), $"{LeftRuns.DebuggerSocketPrefix}{which.Name}-{Environment.ProcessId}");
        _loop = ImageSymbols.Read(which.Image(tree, which.Loop.Image))[which.Loop.Symbol];
        ulong? handler = which.Handler is { } known ? ImageSymbols.Read(which.Image(tree, known.Image))[known.Symbol] : null;
        _isHandler = handler is { } first ? address => address == first : address => InterruptTrace.PlaceOf(address) == Place.GuestKernel;
        Kernel = which.Kernel is { } image ? ImageSymbols.Read(which.Image(tree, image)) : null;
        MachineSettings settings = which.Prepare(tree, folder) with { CountInstructions = true, DebuggerSocket = socket };
        _log = settings.LogFile;
        _machine = Machine.Start(settings);
        _reader = Task.Run(Read);
        try
        {
            WaitForLoop();
            Stub = GdbStub.Connect(socket);
        }
        catch
        {
            _machine.Dispose();
            throw;
        }

        _counters = Kernel is { } symbols
            ? () => new Counters(
                Stub.Memory(symbols["cpu_context_switches"]),
                Stub.Memory(symbols["cpu_fast_returns"]) + Stub.Memory(symbols["cpu_iret_returns"]) + Stub.Memory(symbols["cpu_other_returns"]))
            : () => default;
        FindStubs();
        Learn();
    }

    /// <summary>The machine's stub.</summary>
    public GdbStub Stub { get; }

    /// <summary>Symbols of the kernel, if known.</summary>
    public ImageSymbols? Kernel { get; }

    /// <summary>Boots a case.</summary>
    public static InterruptBench Start(Repository tree, InterruptCase which, RunFolder folder) => new(tree, which, folder);

    /// <summary>Records one interrupt of the case.</summary>
    public InterruptTrace Next()
    {
        for (int i = 0; i < MostTries; i++)
        {
            // A byte that does not meet the loop (its echo is being sent, say) is followed by another when all is quiet again.
            if (_case.OnByte && i % TriesPerByte == 0)
            {
                _machine.Input.Write("x"u8);
                _machine.Input.Flush();
                Thread.Sleep(s_byteDelay);
            }

            int vector = RunToInterrupt();
            ulong stack = Stub.Register(GdbStub.StackPointer);
            ulong address = Stub.Memory(stack);
            if (address - _loop < InterruptCase.LoopSize && (!_case.OnByte || !_known.Contains(vector)))
            {
                InterruptTrace trace = InterruptTrace.Record(Stub, _counters, _isHandler, (address, Stub.Memory(stack + 24)), MostSteps);
                if (_case.HasGuest ? trace.Guest is not null : trace.TopHalf is not null)
                {
                    return trace;
                }
            }
        }

        throw new ToolException($"case {_case.Name}: none of {MostTries} interrupts was the one to measure");
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Stub.Dispose();
        _machine.Dispose();
        _reader.Wait();
    }

    private void Read()
    {
        _machine.Output.CopyTo(bytes =>
        {
            lock (_console)
            {
                _console.Append(Encoding.Latin1.GetString(bytes));
            }
        });
    }

    private void WaitForLoop()
    {
        DateTime limit = DateTime.UtcNow + s_bootLimit;
        while (true)
        {
            string text = TierceLog.Text(_log);
            lock (_console)
            {
                text += _console.ToString();
            }

            if (text.Contains(_case.Ready, StringComparison.Ordinal))
            {
                // What was announced is on its way through driver and line: some virtual time until it spins in silence.
                Thread.Sleep(TimeSpan.FromSeconds(1));
                return;
            }

            if (_machine.Ended || DateTime.UtcNow > limit)
            {
                throw new ToolException($"case {_case.Name} did not come to its loop:\n{text}");
            }

            Thread.Sleep(TimeSpan.FromMilliseconds(100));
        }
    }

    /// <summary>Entries of all interrupts, from the processor's own table (Intel SDM vol. 3, figure 6-8).</summary>
    private void FindStubs()
    {
        Match table = TableRegister().Match(Stub.Monitor("info registers"));
        ulong first = ulong.Parse(table.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        for (int vector = FirstVector; vector < Vectors; vector++)
        {
            if (vector != SystemCallVector)
            {
                ulong low = Stub.Memory(first + (16 * (ulong)vector));
                ulong high = Stub.Memory(first + (16 * (ulong)vector) + 8);
                _stubs.TryAdd((low & 0xffff) | (low >> 48 << 16) | (high << 32), vector);
            }
        }

        foreach (ulong stub in _stubs.Keys)
        {
            Stub.Break(stub);
        }
    }

    private void Learn()
    {
        for (int i = 0; _case.OnByte && i < Quiet && TryRunToInterrupt(out int vector); i++)
        {
            _known.Add(vector);
        }
    }

    private int RunToInterrupt() =>
        TryRunToInterrupt(out int vector) ? vector : throw new ToolException($"case {_case.Name}: no interrupt came");

    private bool TryRunToInterrupt(out int vector)
    {
        vector = 0;
        ulong here = Stub.Register(GdbStub.InstructionPointer);
        if (_stubs.ContainsKey(here))
        {
            // The stub would stop at this very breakpoint again.
            Stub.Unbreak(here);
            Stub.Step();
            Stub.Break(here);
        }

        Stub.Continue();
        if (!Stub.WaitForStop(_known.Count == 0 && _case.OnByte ? TimeSpan.FromSeconds(3) : s_stopLimit))
        {
            Stub.Interrupt();
            return false;
        }

        return _stubs.TryGetValue(Stub.Register(GdbStub.InstructionPointer), out vector);
    }

    [GeneratedRegex(@"IDT=\s+([0-9a-f]+)")]
    private static partial Regex TableRegister();
}
