using System.Runtime;
using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>
/// The bus: finds the machine's PCI devices, sets them up and resets them. It alone can tell a device a memory address, and it tells those
/// that root wrote into the <see cref="BusTable"/>.
/// </summary>
public static unsafe class Program
{
    private const ulong TableAddress = 0x0000_0011_0000_0000;
    private const ulong QueuesAddress = 0x0000_0012_0000_0000;
    private const ulong RingsAddress = 0x0000_0014_0000_0000;
    private const uint NoFunction = 0xffff_ffff;

    /// <summary>Bytes of addresses for the queues of a device: more than both parts of their memory.</summary>
    private const ulong QueuesStride = 1 << 20;

    // Static: a function's own variables may not be larger than a page.
    private static DeviceList s_devices;

    /// <summary>The assembly entry calls this with the startup page.</summary>
    [RuntimeExport("tierce_main")]
    public static ulong Main(StartupPage* page)
    {
        // SAFETY: root maps the page before the first instruction, for the domain's life.
        var startup = new Startup(page);
        Failure.Initialise(startup.Slot(StartupPurpose.Log), startup.Name);
        var mapper = new DeviceMapper(startup, new SlotAllocator(startup.FirstFreeSlot));
        const CapRights Both = CapRights.Read | CapRights.Write;
        Failure.Check(
            new Memory(startup.Slot(StartupPurpose.BusTable)).Map(Domain.Own, TableAddress, 0, 1, Both, mapper.TakeSlot()),
            "mapping the table of devices"u8);
        MapQueues(startup, StartupPurpose.QueueDescriptors, QueuesAddress, QueueLayout.DescriptorPages, ref mapper);
        MapQueues(startup, StartupPurpose.QueueRings, RingsAddress, QueueLayout.DriverPages, ref mapper);

        // SAFETY: mapped above, for the domain's life.
        BusTable* table = (BusTable*)TableAddress;
        Enumerate(ref mapper, table, startup.Slot(StartupPurpose.Log));
        Serve(startup, table);
        return 0;
    }

    /// <summary>Maps one part of the memory of each device's queues. The grants' values are the numbers of queues.</summary>
    private static void MapQueues(scoped Startup startup, StartupPurpose purpose, ulong address, ulong pagesOfQueue, scoped ref DeviceMapper mapper)
    {
        const CapRights Both = CapRights.Read | CapRights.Write;
        for (int i = 0; startup.TryGet(purpose, i, out uint memory, out ulong queues); i++)
        {
            Failure.Check(
                new Memory(memory).Map(Domain.Own, address + ((ulong)i * QueuesStride), 0, queues * pagesOfQueue, Both, mapper.TakeSlot()),
                "mapping a queue"u8);
        }
    }

    private static void Enumerate(scoped ref DeviceMapper mapper, BusTable* table, uint log)
    {
        uint last = 256 << 8;
        for (uint number = 0; number < last; number++)
        {
            var function = new PciFunction(number);
            uint identity = function.Identity;
            if (identity == NoFunction)
            {
                // Without function 0 there are no others.
                number |= (number & 7) == 0 ? 7U : 0;
                continue;
            }

            Add(ref mapper, table, function, identity, log);
            number |= (number & 7) == 0 && !function.HasMoreFunctions ? 7U : 0;
        }
    }

    private static void Add(scoped ref DeviceMapper mapper, BusTable* table, PciFunction function, uint identity, uint logSlot)
    {
        Log log = Line(logSlot, function.Number);
        log.Hex(identity & 0xffff);
        log.Text(":"u8);
        log.Hex(identity >> 16);
        DeviceKind kind = DeviceClass.KindOf(identity);
        if (kind == DeviceKind.None)
        {
            log.Text(", no driver"u8);
        }
        else if (table->Count == BusTable.MostDevices)
        {
            log.Text(", a "u8);
            log.Text(DeviceClass.Name(kind));
            log.Text(" too many"u8);
        }
        else
        {
            Add(ref mapper, table, function, kind, ref log);
        }

        log.EndLine();
    }

    private static void Add(scoped ref DeviceMapper mapper, BusTable* table, PciFunction function, DeviceKind kind, ref Log log)
    {
        uint index = table->Count;
        ref BusDevice line = ref (&table->First)[index];
        ref VirtioDevice device = ref DeviceList.At(ref s_devices, index);
        device = new VirtioDevice(function, kind);
        ReadOnlySpan<byte> problem = device.Open(ref mapper, ref line);
        if (problem.Length != 0)
        {
            log.Text(", a "u8);
            log.Text(DeviceClass.Name(kind));
            log.Text(", "u8);
            log.Text(problem);
            return;
        }

        line.Kind = kind;
        line.State = DeviceState.Found;
        table->Count = index + 1;
        log.Text(kind == DeviceKind.Block ? ", block"u8 : ", console"u8);
        log.Decimal(NumberOf(table, index));
        if (kind == DeviceKind.Block)
        {
            log.Text(", sectors="u8);
            log.Decimal(line.Sectors);
        }
    }

    /// <summary>The device's number among those of its kind, by which the manifest names it.</summary>
    private static uint NumberOf(BusTable* table, uint index)
    {
        uint number = 0;
        for (uint i = 0; i < index; i++)
        {
            number += (&table->First)[i].Kind == (&table->First)[index].Kind ? 1U : 0;
        }

        return number;
    }

    private static Log Line(uint logSlot, uint number)
    {
        var log = new Log(logSlot);
        log.Text("tierce: bus "u8);
        log.Decimal(number >> 8);
        log.Text("."u8);
        log.Decimal((number >> 3) & 31);
        log.Text("."u8);
        log.Decimal(number & 7);
        log.Text(" "u8);
        return log;
    }

    /// <summary>Reports to root, which never waits for the bus, then does what root wants, without end.</summary>
    private static void Serve(Startup startup, BusTable* table)
    {
        var events = new Notification(startup.Slot(StartupPurpose.Events));
        var root = new Endpoint(startup.Slot(StartupPurpose.Supervisor));
        while (true)
        {
            Message message = default;
            root.Call(ref message);
            events.Wait();
            for (uint i = 0; i < table->Count; i++)
            {
                Obey(i, &table->First + i);
            }
        }
    }

    private static void Obey(uint index, BusDevice* line)
    {
        var command = (DeviceCommand)Volatile.Read(ref *(uint*)&line->Command);
        if (command != DeviceCommand.SetUp)
        {
            return;
        }

        ref VirtioDevice device = ref DeviceList.At(ref s_devices, index);
        bool good = device.Reset();
        if (good)
        {
            // SAFETY: Main has mapped the memory of every device's queues that the startup page lists, and root numbers them.
            DeviceKind kind = device.Kind;
            ulong place = line->Queue * QueuesStride;
            uint queues = BusDevice.QueuesOf(kind);
            DescriptorWriter.Write(new Span<byte>((byte*)(QueuesAddress + place), (int)(queues * QueueLayout.DescriptorPages * 4096)), kind, ref *line);
            for (uint queue = 0; queue < queues; queue++)
            {
                const ulong Bytes = QueueLayout.DriverPages * 4096;
                QueueRings.Renew(new Span<byte>((byte*)(RingsAddress + place + (queue * Bytes)), (int)Bytes));
            }

            good = device.SetUp(*line);
        }

        line->State = good ? DeviceState.Ready : DeviceState.Failed;
        line->Command = DeviceCommand.None;
    }

    [RuntimeExport("tierce_fail")]
    private static void OnFailedCheck(int reason) => Failure.FailedCheck(reason);
}
