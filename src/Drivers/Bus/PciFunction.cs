using Tierce.Runtime;

namespace Tierce.Drivers.Bus;

/// <summary>One PCI function, by its number: bus &lt;&lt; 8 | device &lt;&lt; 3 | function. Registers: PCI Local Bus Specification 3.0, 6.1.</summary>
public readonly struct PciFunction
{
    /// <summary>Ports of configuration mechanism 1 (PCI 3.0, 3.2.2.3.2).</summary>
    private const ushort AddressPort = 0xcf8, DataPort = 0xcfc;
    private const uint Enable = 1U << 31;

    private const uint CommandRegister = 4, HeaderRegister = 12, FirstBar = 16, CapabilityPointer = 52;
    private const uint MemorySpace = 2, BusMaster = 4, NoLineInterrupts = 1 << 10, HasCapabilities = 1 << 20;

    /// <summary>A list of capabilities cannot be longer: each takes four bytes of the upper 192.</summary>
    private const int MostCapabilities = 48;

    /// <summary>Its number.</summary>
    public readonly uint Number;

    /// <summary>A function by its number.</summary>
    public PciFunction(uint number) => Number = number;

    /// <summary>Vendor in the lower half, device in the upper; all ones if there is none.</summary>
    public uint Identity => Read(0);

    /// <summary>Whether the device has more functions than the first.</summary>
    public bool HasMoreFunctions => (Read(HeaderRegister) & (1 << 23)) != 0;

    /// <summary>Reads a register at a multiple of four.</summary>
    public uint Read(uint register)
    {
        Machine.Out32(AddressPort, Enable | (Number << 8) | register);
        return Machine.In32(DataPort);
    }

    /// <summary>Writes a register at a multiple of four.</summary>
    public void Write(uint register, uint value)
    {
        Machine.Out32(AddressPort, Enable | (Number << 8) | register);
        Machine.Out32(DataPort, value);
    }

    /// <summary>Lets the device answer to its memory and, if <paramref name="master"/>, read and write the machine's. It uses no interrupt line.</summary>
    public void SetCommand(bool master) =>
        Write(CommandRegister, (Read(CommandRegister) & 0xffff & ~BusMaster) | MemorySpace | NoLineInterrupts | (master ? BusMaster : 0));

    /// <summary>Physical address of a memory region (0 to 5); 0 if it is none, or the firmware has not placed it.</summary>
    public ulong Bar(uint index)
    {
        if (index > 5)
        {
            return 0;
        }

        uint low = Read(FirstBar + (4 * index));
        if ((low & 1) != 0)
        {
            return 0;
        }

        ulong high = (low & 6) == 4 && index < 5 ? Read(FirstBar + (4 * index) + 4) : 0;
        return (high << 32) | (low & ~15U);
    }

    /// <summary>
    /// The next capability after <paramref name="previous"/> (0: the first): its register, 0 if there is no more. <paramref name="seen"/>
    /// counts them, so that a list that leads back to itself ends.
    /// </summary>
    public uint NextCapability(uint previous, ref int seen)
    {
        if (++seen > MostCapabilities || (previous == 0 && (Read(CommandRegister) & HasCapabilities) == 0))
        {
            return 0;
        }

        uint next = previous == 0 ? Read(CapabilityPointer) & 0xfc : (Read(previous) >> 8) & 0xfc;
        return next < 64 ? 0 : next;
    }
}
