using System.Buffers.Binary;
using Tierce.Abi;
using Tierce.Drivers.Bus;
using Tierce.Drivers.VirtioConsole;
using Tierce.Runtime;
using Tierce.Runtime.Devices;
using Tierce.User.Disks;

namespace Tierce.User.Consoles;

/// <summary>
/// A virtio console's driver over some clients, and the device, which runs it only when something wakes it. The driver may die at any of its
/// calls; the next life then begins as root and bus begin it.
/// </summary>
internal sealed unsafe class HostedPort : HostedDomain
{
    private const uint QueueSize = 32;
    private const uint RingsSlot = 3, NotifySlot = 4, TableSlot = 5, FirstChannelSlot = 100, FirstInputSlot = 200, FirstPeerSlot = 300;
    private const ushort DeviceReady = 0, PortAdded = 1, PortReady = 3, PortOpen = 6, NoNotification = 0xffff;

    private readonly PlayedQueue[] _queues = [.. Enumerable.Range(0, ConsoleQueues.Count).Select(number => new PlayedQueue(number, QueueSize))];
    private readonly HashSet<ulong> _signalled = [];
    private PortDriver _driver;
    private int _callsToDeath;
    private bool _wakes;

    /// <summary>A driver that has started.</summary>
    public HostedPort(int clients)
    {
        List(StartupPurpose.Events, 1);
        List(StartupPurpose.Interrupt, 2);
        List(StartupPurpose.QueueRings, RingsSlot, QueueSize);
        List(StartupPurpose.DeviceMemory, NotifySlot);
        foreach (ulong fact in (ulong[])[0, 0, 0, (ulong)QueueFeatures.EventIndex, 0, 4, 8, 12])
        {
            List(StartupPurpose.DeviceFact, 0, fact);
        }

        List(StartupPurpose.Memory, TableSlot, ConsoleChannel.TablePages((uint)clients));
        for (uint i = 0; i < clients; i++)
        {
            List(StartupPurpose.Channel, FirstChannelSlot + i);
            List(StartupPurpose.ConsoleInput, FirstInputSlot + i);
            List(StartupPurpose.Peer, FirstPeerSlot + i, ConsoleChannel.ClientBit);
        }

        Live();
    }

    /// <summary>Lives that have begun.</summary>
    public int Lives { get; private set; }

    /// <summary>What the device has sent.</summary>
    public List<byte> Sent { get; } = [];

    /// <summary>The device's queues.</summary>
    public PlayedQueue Queue(int number) => _queues[number];

    /// <summary>A client's output, as the driver has it.</summary>
    public byte* Channel(int client) => Mapped(FirstChannelSlot + (ulong)client);

    /// <summary>A client's input, as the driver has it.</summary>
    public byte* Input(int client) => Mapped(FirstInputSlot + (ulong)client);

    /// <summary>Whether a client was signalled that it has input, since this was asked last.</summary>
    public bool TakeSignal(int client) => _signalled.Remove(FirstPeerSlot + (ulong)client);

    /// <summary>A client or the device wakes the driver.</summary>
    public void Wake() => _wakes = true;

    /// <summary>The driver dies at that call of its own, counted from 1.</summary>
    public void DieAtCall(int number) => _callsToDeath = number;

    /// <summary>The driver dies while it waits, with whatever the device has returned meanwhile.</summary>
    public void Die() => Live();

    /// <summary>Runs the driver while something wakes it, and the device's answers to its messages about ports.</summary>
    public void Run()
    {
        while (_wakes)
        {
            _wakes = false;
            Span<ushort> notify = new(Mapped(NotifySlot), 8);
            notify.Fill(NoNotification);
            try
            {
                _driver.Run();
            }
            catch (WaitsException)
            {
            }
            catch (DiesException)
            {
                Live();
                continue;
            }

            LookWhereNotified(notify);
            AnswerMessages();
        }
    }

    /// <summary>The device fills buffers with bytes, each with as many as the size says and fit. Returns how many bytes it took.</summary>
    public int Receive(ReadOnlySpan<byte> bytes, int size)
    {
        PlayedQueue queue = Queue(ConsoleQueues.Receive);
        int taken = 0;
        if (queue.Heads.Count != 0)
        {
            queue.Look();
        }

        while (taken < bytes.Length && queue.Heads.Count != 0)
        {
            Span<byte> buffer = queue.Bytes(queue.Heads.First());
            int count = Math.Min(Math.Min(size, buffer.Length), bytes.Length - taken);
            bytes.Slice(taken, count).CopyTo(buffer);
            taken += count;
            _wakes |= queue.Return((uint)count);
        }

        return taken;
    }

    /// <summary>The device sends what it has of the first heads.</summary>
    public void Send(int heads)
    {
        PlayedQueue queue = Queue(ConsoleQueues.Transmit);
        for (int i = 0; i < heads && queue.Heads.Count != 0; i++)
        {
            Sent.AddRange(queue.Bytes(queue.Heads.First()));
            _wakes |= queue.Return(0);
        }
    }

    /// <inheritdoc/>
    protected override void Calls()
    {
        if (_callsToDeath != 0 && --_callsToDeath == 0)
        {
            throw new DiesException();
        }
    }

    /// <inheritdoc/>
    protected override void Signalled(uint slot, ulong bits)
    {
        if ((bits & ConsoleChannel.ClientBit) != 0)
        {
            _signalled.Add(slot);
        }
    }

    /// <summary>Begins lives until one comes as far as to serve: the bus resets the device before each.</summary>
    private void Live()
    {
        bool lives = false;
        while (!lives)
        {
            Lives++;
            try
            {
                if (Lives > 1)
                {
                    ResetDevice();
                }

                _driver = default;
                var slots = new SlotAllocator(1000);
                _driver.Open(Startup, ref slots);
                lives = true;
            }
            catch (DiesException)
            {
            }
        }

        if (Lives == 1)
        {
            Array.ForEach(_queues, queue => queue.Reset(Mapped(RingsSlot)));
        }

        Array.ForEach(_queues, queue => queue.Look());
        AnswerMessages();
        _wakes = true;
    }

    private void ResetDevice()
    {
        foreach (PlayedQueue queue in _queues)
        {
            queue.Reset(Mapped(RingsSlot));
            QueueRings.Renew(queue.Memory);
        }
    }

    private void LookWhereNotified(ReadOnlySpan<ushort> notify)
    {
        for (int queue = 0; queue < ConsoleQueues.Count; queue++)
        {
            if (notify[queue * 2] != NoNotification)
            {
                Assert.Equal(ConsoleQueues.Number(queue), notify[queue * 2]);
                _queues[queue].Look();
            }
        }
    }

    private void AnswerMessages()
    {
        PlayedQueue queue = Queue(ConsoleQueues.ControlTransmit);
        while (queue.Heads.Count != 0)
        {
            ReadOnlySpan<byte> message = queue.Bytes(queue.Heads.First());
            switch (BinaryPrimitives.ReadUInt16LittleEndian(message[4..]))
            {
                case DeviceReady:
                    Tell(0, PortAdded);
                    Tell(ConsoleQueues.Port, PortAdded);
                    break;
                case PortReady:
                    Tell(ConsoleQueues.Port, PortOpen);
                    break;
            }

            queue.Return(0);
        }
    }

    /// <summary>The device sends a message about a port.</summary>
    public void Tell(uint port, ushort what, ushort value = 1)
    {
        PlayedQueue queue = Queue(ConsoleQueues.ControlReceive);
        queue.Look();
        Span<byte> message = queue.Bytes(queue.Heads.First());
        BinaryPrimitives.WriteUInt32LittleEndian(message, port);
        BinaryPrimitives.WriteUInt16LittleEndian(message[4..], what);
        BinaryPrimitives.WriteUInt16LittleEndian(message[6..], value);
        _wakes |= queue.Return(ConsoleQueues.MessageBytes);
    }

    /// <summary>The driver dies.</summary>
    private sealed class DiesException : Exception;
}
