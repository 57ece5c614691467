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
    private const uint CommonSize = 56, BlockConfigurationSize = 24, MessageEntrySize = 16;

    private const uint DeviceFeatureSelect = 0, DeviceFeature = 4, DriverFeatureSelect = 8, DriverFeature = 12, ConfigurationVector = 16;
    private const uint DeviceStatus = 20, QueueSelect = 22, QueueSize = 24, QueueVector = 26, QueueEnable = 28, QueueNotifyOffset = 30;
    private const uint QueueDescriptors = 32, QueueDriver = 40, QueueDevice = 48;

    private const byte Acknowledged = 1, DriverKnown = 2, DriverReady = 4, FeaturesChosen = 8;

    /// <summary>Features of the first word (virtio 1.1, 5.2.3 and 6), and of the second.</summary>
    private const uint ReadOnlyFeature = 1 << 5, BlockSizeFeature = 1 << 6, FlushFeature = 1 << 9, IndirectFeature = 1 << 28, EventIndexFeature = 1 << 29;
    private const uint ModernFeature = 1;

    private const ushort NoVector = 0xffff;

    /// <summary>Looks at a reset's result before the device counts as broken. One costs an exit of an emulator, a microsecond at least.</summary>
    private const int MostLooks = 1_000_000;

    private readonly PciFunction _function;
    private DeviceWindow _common, _block, _messages;
    private uint _messageCapability;
    private ulong _notify, _commonPage, _statusPage, _blockPage, _messagePage;
    private uint _notifyMultiplier;

    /// <summary>A device at a function.</summary>
    public VirtioDevice(PciFunction function)
    {
        this = default;
        _function = function;
    }

    /// <summary>Finds its registers and describes it. Returns why it cannot be used; empty if it can.</summary>
    public ReadOnlySpan<byte> Open(scoped ref DeviceMapper mapper, ref BusDevice device)
    {
        _function.SetCommand(master: false);
        FindRegisters(ref mapper);
        if (!_common.Exists || !_block.Exists || _notify == 0)
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

        _common.Write16(QueueSelect, 0);
        ushort queueSize = _common.Read16(QueueSize);
        ulong register = _notify + ((ulong)_notifyMultiplier * _common.Read16(QueueNotifyOffset));
        ulong page = register >> 12;
        if (page == _commonPage || page == _statusPage || page == _blockPage || page == _messagePage)
        {
            return "has its notify register on a page with others, which a driver must not have"u8;
        }

        _common.Write32(DeviceFeatureSelect, 0);
        uint features = _common.Read32(DeviceFeature);
        _common.Write32(DeviceFeatureSelect, 1);
        if ((_common.Read32(DeviceFeature) & ModernFeature) == 0 || (features & IndirectFeature) == 0)
        {
            return "is too old: virtio 1.0 and indirect descriptors are needed"u8;
        }

        device.QueueSize = queueSize < QueueLayout.MostEntries ? queueSize : QueueLayout.MostEntries;
        device.NotifyPage = page;
        device.NotifyOffset = (uint)(register & 4095);
        device.Sectors = _block.Read32(0) | ((ulong)_block.Read32(4) << 32);
        device.BlockSize = (features & BlockSizeFeature) != 0 ? _block.Read32(20) : 512;
        device.Features = ((features & ReadOnlyFeature) != 0 ? BlockFeatures.ReadOnly : 0) | ((features & FlushFeature) != 0 ? BlockFeatures.Flush : 0)
            | ((features & EventIndexFeature) != 0 ? BlockFeatures.EventIndex : 0);
        return device.QueueSize < BlockShapes.FewestHeads ? "has too short a queue"u8 : default;
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

    /// <summary>Sets it up after a reset: features, the one queue and its message. False if the device refuses.</summary>
    public readonly bool SetUp(in BusDevice device)
    {
        _common.Write8(DeviceStatus, Acknowledged);
        _common.Write8(DeviceStatus, Acknowledged | DriverKnown);
        _common.Write32(DriverFeatureSelect, 0);
        _common.Write32(DeviceFeatureSelect, 0);
        _common.Write32(DriverFeature, _common.Read32(DeviceFeature) & (ReadOnlyFeature | BlockSizeFeature | FlushFeature | IndirectFeature | EventIndexFeature));
        _common.Write32(DriverFeatureSelect, 1);
        _common.Write32(DriverFeature, ModernFeature);
        _common.Write8(DeviceStatus, Acknowledged | DriverKnown | FeaturesChosen);
        if ((_common.Read8(DeviceStatus) & FeaturesChosen) == 0)
        {
            return false;
        }

        SetMessage(device.MessageAddress, device.MessageData);
        _common.Write16(ConfigurationVector, NoVector);
        _common.Write16(QueueSelect, 0);
        _common.Write16(QueueSize, (ushort)device.QueueSize);
        _common.Write16(QueueVector, 0);
        if (_common.Read16(QueueVector) != 0)
        {
            return false;
        }

        _common.Write64(QueueDescriptors, device.QueueAddress);
        _common.Write64(QueueDriver, device.RingsAddress + QueueLayout.Available);
        _common.Write64(QueueDevice, device.RingsAddress + QueueLayout.Used);
        _function.SetCommand(master: true);
        _common.Write16(QueueEnable, 1);
        _common.Write8(DeviceStatus, Acknowledged | DriverKnown | FeaturesChosen | DriverReady);
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
            case DeviceType when !_block.Exists:
                _block = mapper.Map(place, BlockConfigurationSize);
                _blockPage = place >> 12;
                break;
        }
    }

    private readonly ulong Place(uint bar, uint offset)
    {
        ulong start = _function.Bar(bar);
        return start == 0 ? 0 : start + offset;
    }
}
