using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>
/// A virtio device on PCI in its modern form. The bus alone writes the registers by which memory is named; a driver gets the page with the
/// notify register. Registers: virtio 1.1, 4.1.4.
/// </summary>
public struct VirtioDevice
{
    private const uint VendorCapability = 9, MessageCapability = 0x11;
    private const uint CommonType = 1, NotifyType = 2, StatusType = 3, DeviceType = 4;
    private const uint CommonSize = 56, MessageEntrySize = 16;

    private const uint DeviceFeatureSelect = 0, DeviceFeature = 4, DriverFeatureSelect = 8, DriverFeature = 12, ConfigurationVector = 16;
    private const uint DeviceStatus = 20, QueueSelect = 22, QueueSize = 24, QueueVector = 26, QueueEnable = 28, QueueNotifyOffset = 30;
    private const uint QueueDescriptors = 32, QueueDriver = 40, QueueDevice = 48;

    private const byte Acknowledged = 1, DriverKnown = 2, DriverReady = 4, FeaturesChosen = 8;

    /// <summary>The feature of the second word that the device keeps to virtio 1.0.</summary>
    private const uint ModernFeature = 1;

    private const ushort NoVector = 0xffff;

    /// <summary>Looks at a reset's result before the device counts as broken. One costs an exit of an emulator, a microsecond at least.</summary>
    private const int MostLooks = 1_000_000;

    private readonly PciFunction _function;
    private readonly DeviceKind _kind;
    private DeviceWindow _common, _own, _messages;
    private uint _messageCapability;
    private ulong _notify, _commonPage, _statusPage, _ownPage, _messagePage;
    private uint _notifyMultiplier;

    /// <summary>A device of a kind at a function.</summary>
    public VirtioDevice(PciFunction function, DeviceKind kind)
    {
        this = default;
        _function = function;
        _kind = kind;
    }

    /// <summary>Its kind.</summary>
    public readonly DeviceKind Kind => _kind;

    /// <summary>Finds its registers and describes it. Returns why it cannot be used; empty if it can.</summary>
    public ReadOnlySpan<byte> Open(scoped ref DeviceMapper mapper, ref BusDevice device)
    {
        _function.SetCommand(master: false);
        FindRegisters(ref mapper);
        if (!_common.Exists || !_own.Exists || _notify == 0)
        {
            return "has no registers of virtio 1.0, or firmware did not place them"u8;
        }

        if (!_messages.Exists)
        {
            return "has no MSI-X"u8;
        }

        if (!Reset())
        {
            return "does not end its reset"u8;
        }

        _common.Write32(DeviceFeatureSelect, 0);
        uint features = _common.Read32(DeviceFeature);
        _common.Write32(DeviceFeatureSelect, 1);
        if ((_common.Read32(DeviceFeature) & ModernFeature) == 0)
        {
            return "is too old: virtio 1.0 is needed"u8;
        }

        return FindQueues(ref device) ? DeviceClass.Describe(_kind, _own, features, ref device)
            : "has its notify register on a page with others, which a driver must not have"u8;
    }

    /// <summary>Finds the queues' sizes and notify registers. False unless all of these lie on one page without other registers.</summary>
    private readonly unsafe bool FindQueues(ref BusDevice device)
    {
        device.QueueSize = QueueLayout.MostEntries;
        for (uint queue = 0; queue < BusDevice.QueuesOf(_kind); queue++)
        {
            _common.Write16(QueueSelect, (ushort)DeviceClass.QueueNumber(_kind, queue));
            ushort size = _common.Read16(QueueSize);
            ulong register = _notify + ((ulong)_notifyMultiplier * _common.Read16(QueueNotifyOffset));
            ulong page = register >> 12;
            if (page == _commonPage || page == _statusPage || page == _ownPage || page == _messagePage || (queue != 0 && page != device.NotifyPage))
            {
                return false;
            }

            device.QueueSize = size < device.QueueSize ? size : device.QueueSize;
            device.NotifyPage = page;
            device.NotifyOffsets[queue] = (uint)(register & 4095);
        }

        return true;
    }

    /// <summary>Resets the device, which then reads and writes no memory. False if it does not end.</summary>
    public readonly bool Reset()
    {
        _common.Write8(DeviceStatus, 0);
        bool ended = false;
        for (int i = 0; i < MostLooks && !ended; i++)
        {
            ended = _common.Read8(DeviceStatus) == 0;
        }

        _function.SetCommand(master: false);
        return ended;
    }

    /// <summary>Sets it up after a reset: features, queues and their message. False if the device refuses.</summary>
    public readonly bool SetUp(in BusDevice device)
    {
        _common.Write8(DeviceStatus, Acknowledged);
        _common.Write8(DeviceStatus, Acknowledged | DriverKnown);
        _common.Write32(DriverFeatureSelect, 0);
        _common.Write32(DeviceFeatureSelect, 0);
        _common.Write32(DriverFeature, _common.Read32(DeviceFeature) & DeviceClass.Features(_kind));
        _common.Write32(DriverFeatureSelect, 1);
        _common.Write32(DriverFeature, ModernFeature);
        _common.Write8(DeviceStatus, Acknowledged | DriverKnown | FeaturesChosen);
        if ((_common.Read8(DeviceStatus) & FeaturesChosen) == 0)
        {
            return false;
        }

        SetMessage(device.MessageAddress, device.MessageData);
        _common.Write16(ConfigurationVector, NoVector);
        // The device looks up the queues' memory when they are enabled.
        _function.SetCommand(master: true);
        bool good = true;
        for (uint queue = 0; queue < BusDevice.QueuesOf(_kind) && good; queue++)
        {
            good = SetUpQueue(device, queue);
        }

        if (good)
        {
            _common.Write8(DeviceStatus, Acknowledged | DriverKnown | FeaturesChosen | DriverReady);
            return true;
        }

        Reset();
        return false;
    }

    /// <summary>Names a queue's memory to the device. False if the device refuses its message.</summary>
    private readonly bool SetUpQueue(in BusDevice device, uint queue)
    {
        ulong rings = device.RingsAddress + (queue * QueueLayout.DriverPages * 4096);
        _common.Write16(QueueSelect, (ushort)DeviceClass.QueueNumber(_kind, queue));
        _common.Write16(QueueSize, (ushort)device.QueueSize);
        _common.Write16(QueueVector, 0);
        if (_common.Read16(QueueVector) != 0)
        {
            return false;
        }

        _common.Write64(QueueDescriptors, device.QueueAddress + (queue * QueueLayout.DescriptorPages * 4096));
        _common.Write64(QueueDriver, rings + QueueLayout.Available);
        _common.Write64(QueueDevice, rings + QueueLayout.Used);
        _common.Write16(QueueEnable, 1);
        return true;
    }

    /// <summary>Writes entry 0 of the MSI-X table and enables it (PCI 3.0, 6.8.2).</summary>
    private readonly void SetMessage(ulong address, uint data)
    {
        const uint EnableMessages = 1U << 31, MaskFunction = 1 << 30;
        _messages.Write64(0, address);
        _messages.Write32(8, data);
        _messages.Write32(12, 0);
        _function.Write(_messageCapability, (_function.Read(_messageCapability) & ~MaskFunction) | EnableMessages);
    }

    private void FindRegisters(scoped ref DeviceMapper mapper)
    {
        int seen = 0;
        for (uint at = _function.NextCapability(0, ref seen); at != 0; at = _function.NextCapability(at, ref seen))
        {
            uint head = _function.Read(at);
            if ((head & 0xff) == MessageCapability)
            {
                uint place = _function.Read(at + 4);
                ulong table = Place(place & 7, place & ~7U);
                _messageCapability = at;
                _messagePage = table >> 12;
                _messages = mapper.Map(table, MessageEntrySize);
            }
            else if ((head & 0xff) == VendorCapability)
            {
                FindRegisters(ref mapper, at, head >> 24);
            }
        }
    }

    private void FindRegisters(scoped ref DeviceMapper mapper, uint at, uint type)
    {
        ulong place = Place(_function.Read(at + 4) & 0xff, _function.Read(at + 8));
        switch (type)
        {
            case CommonType when !_common.Exists:
                _common = mapper.Map(place, CommonSize);
                _commonPage = place >> 12;
                break;
            case NotifyType when _notify == 0:
                _notify = place;
                _notifyMultiplier = _function.Read(at + 16);
                break;
            case StatusType:
                _statusPage = place >> 12;
                break;
            case DeviceType when !_own.Exists:
                _own = mapper.Map(place, DeviceClass.ConfigurationSize);
                _ownPage = place >> 12;
                break;
        }
    }

    private readonly ulong Place(uint bar, uint offset)
    {
        ulong start = _function.Bar(bar);
        return start == 0 ? 0 : start + offset;
    }
}
