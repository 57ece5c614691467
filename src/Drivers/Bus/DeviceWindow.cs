using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>Registers of a device, mapped in the bus.</summary>
public readonly unsafe struct DeviceWindow
{
    // SAFETY: the constructor's caller has mapped the page, and offsets stay within it: structures that cross a page are refused.

    private readonly byte* _registers;

    /// <summary>Registers that begin at a mapped address.</summary>
    public DeviceWindow(byte* registers) => _registers = registers;

    /// <summary>Whether there are any.</summary>
    public bool Exists => _registers != null;

    /// <summary>A byte.</summary>
    public byte Read8(uint offset) => Volatile.Read(ref _registers[offset]);

    /// <summary>Two bytes.</summary>
    public ushort Read16(uint offset) => Volatile.Read(ref *(ushort*)(_registers + offset));

    /// <summary>Four bytes.</summary>
    public uint Read32(uint offset) => Volatile.Read(ref *(uint*)(_registers + offset));

    /// <summary>Writes a byte.</summary>
    public void Write8(uint offset, byte value) => Volatile.Write(ref _registers[offset], value);

    /// <summary>Writes two bytes.</summary>
    public void Write16(uint offset, ushort value) => Volatile.Write(ref *(ushort*)(_registers + offset), value);

    /// <summary>Writes four bytes.</summary>
    public void Write32(uint offset, uint value) => Volatile.Write(ref *(uint*)(_registers + offset), value);

    /// <summary>Writes eight bytes as two halves, the lower first, as virtio wants (virtio 1.1, 4.1.3.1).</summary>
    public void Write64(uint offset, ulong value)
    {
        Write32(offset, (uint)value);
        Write32(offset + 4, (uint)(value >> 32));
    }
}

/// <summary>Maps pages of devices.</summary>
public unsafe ref struct DeviceMapper
{
    private const ulong FirstAddress = 0x0000_0013_0000_0000;

    private readonly Startup _startup;
    private SlotAllocator _slots;
    private ulong _next;

    /// <summary>A mapper of what the startup page grants.</summary>
    public DeviceMapper(Startup startup, SlotAllocator slots)
    {
        _startup = startup;
        _slots = slots;
        _next = FirstAddress;
    }

    /// <summary>The next free slot.</summary>
    public uint TakeSlot() => _slots.Take();

    /// <summary>Maps the page of a register. Returns no window if the bytes cross a page, or are no device's.</summary>
    public DeviceWindow Map(ulong physical, uint bytes)
    {
        ulong page = physical >> 12;
        ulong offset = physical & 4095;
        if (physical == 0 || bytes > 4096 - offset || !TryFind(page, out Memory memory, out ulong first))
        {
            return default;
        }

        var one = new Memory(_slots.Take());
        const CapRights Rights = CapRights.Read | CapRights.Write;
        Status status = memory.Derive(page - first, 1, Rights, one.Slot);
        status = status != Status.Ok ? status : one.Map(Domain.Own, _next, 0, 1, Rights, _slots.Take());
        byte* place = (byte*)_next + offset;
        _next += 4096;
        return status == Status.Ok ? new DeviceWindow(place) : default;
    }

    private readonly bool TryFind(ulong page, out Memory memory, out ulong first)
    {
        memory = default;
        first = 0;
        for (int i = 0; _startup.TryGet(StartupPurpose.DeviceMemory, i, out uint slot, out ulong value); i++)
        {
            var range = new DeviceRange(value);
            if (range.Has(page))
            {
                first = range.First;
                memory = new Memory(slot);
                return true;
            }
        }

        return false;
    }
}
