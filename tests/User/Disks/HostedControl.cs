using System.Runtime.InteropServices;
using System.Text;
using Tierce.Abi;
using Tierce.Root;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.User.Disks;

/// <summary>Root's end of the control line, over two guests with disks on two drivers. The test is the driver that carries the bytes.</summary>
public sealed unsafe class HostedControl : HostedDomain
{
    /// <summary>Notifications: of the line's driver, root's own, of the first disk driver, of the first guest's monitor.</summary>
    public const uint LineSlot = 1, OwnSlot = 2, DriverSlot = 10, MonitorSlot = 20;

    /// <summary>Domain of the first disk driver.</summary>
    public const uint DomainSlot = 60;

    private const uint OutputPages = 3, InputPages = 2;
    private const string Manifest = """
        [driver disk0]
        image=disk
        [driver disk1]
        image=disk
        [guest web]
        disk=disk0:ops=7
        disk=disk1:ro
        [guest empty]
        [guest db]
        disk=disk0:unplugged
        """;

    private readonly byte[] _text = Encoding.ASCII.GetBytes(Manifest);
    private readonly ProgramEntry[] _programs = new ProgramEntry[2];
    private readonly Root.GuestEntry[] _guests = new Root.GuestEntry[3];
    private readonly byte* _rings = (byte*)NativeMemory.AlignedAlloc((OutputPages + InputPages) * 4096, 4096);
    private readonly List<uint> _destroyed = [];
    private ControlChannel _channel;
    private ByteRingWriter _requests;
    private ByteRingReader _answers;

    /// <summary>A line without requests.</summary>
    public HostedControl()
    {
        new Span<byte>(_rings, (int)((OutputPages + InputPages) * 4096)).Clear();
        new ManifestParser(_text, _programs, _guests, new ManifestError[8]).Parse();
        for (uint i = 0; i < 2; i++)
        {
            Programs[i].Device.Queue = i;
            Programs[i].EventsSlot = DriverSlot + i;
            Programs[i].Parts.DomainSlot = DomainSlot + i;
            DiskPages.MapRates(new Memory(30 + i), i, 50);
        }

        for (int i = 0; i < _guests.Length; i++)
        {
            Guests[i].EventsSlot = MonitorSlot + (uint)i;
            DiskPages.MapPlugs(new Memory(40 + (uint)i), i, 50);
        }

        Guests[0].Disks[1].Driver = 1;
        Guests[2].Disks[0].Client = 1;
        byte* input = _rings + (OutputPages * 4096);
        _channel = new ControlChannel(ConsoleChannel.InputReader(input), ConsoleChannel.OutputWriter(_rings), new Notification(LineSlot), new Notification(OwnSlot));
        _requests = ConsoleChannel.InputWriter(input);
        _answers = ConsoleChannel.OutputReader(_rings);
    }

    /// <summary>Root's state of the drivers.</summary>
    public ProgramWiring[] Programs { get; } = new ProgramWiring[2];

    /// <summary>Domains that root has destroyed.</summary>
    public IReadOnlyList<uint> Destroyed => _destroyed;

    /// <summary>Root's state of the guests.</summary>
    public GuestWiring[] Guests { get; } = new GuestWiring[3];

    /// <summary>Bits that each notification has got.</summary>
    public IDictionary<uint, ulong> Bits { get; } = new Dictionary<uint, ulong>();

    /// <summary>Bytes that the driver has not been able to write.</summary>
    public uint Waiting => _requests.Used;

    /// <summary>The driver writes bytes; returns how many had room.</summary>
    public int Write(ReadOnlySpan<byte> bytes) => _requests.Write(bytes);

    /// <summary>Overwrites the words of both rings that the driver can write.</summary>
    public void Scribble(Random random)
    {
        ByteRingHeader* header = (ByteRingHeader*)(_rings + (random.Next(2) * OutputPages * 4096));
        ref uint word = ref random.Next(2) == 0 ? ref header->Produced : ref header->Consumed;
        word = random.Next(2) == 0 ? (uint)random.Next() : word + (uint)random.Next(-20, 20);
    }

    /// <summary>Root looks once.</summary>
    public void Pump() => _channel.Pump(new DiskCommands(_text, _programs, _guests, Programs, Guests));

    /// <summary>The driver takes what root has answered.</summary>
    public string Read()
    {
        byte[] bytes = new byte[16384];
        return Encoding.ASCII.GetString(bytes, 0, _answers.Read(bytes));
    }

    /// <summary>Whether root waits for room.</summary>
    public bool TakeWaiter() => _answers.TakeWaiter();

    /// <summary>Asks, until root has nothing more to do.</summary>
    public string Ask(string line)
    {
        Write(Encoding.ASCII.GetBytes(line + "\n"));
        string answer = string.Empty;
        do
        {
            Bits.Clear();
            Pump();
            answer += Read();
        }
        while (Bits.ContainsKey(OwnSlot) || TakeWaiter());
        return answer;
    }

    /// <inheritdoc/>
    protected override void Deleted(uint slot) => _destroyed.Add(slot);

    /// <inheritdoc/>
    protected override void Signalled(uint slot, ulong bits) => Bits[slot] = bits | (Bits.TryGetValue(slot, out ulong before) ? before : 0);
}
