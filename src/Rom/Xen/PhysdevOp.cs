using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 33: physical devices, of which the guest has none. The guest sets its I/O privilege level and the ports that its user may use;
/// these decide whether an instruction faults (<see cref="Emulate.PortAccess"/>). No port has a device. Does not enter the kernel.
/// </summary>
internal static unsafe class PhysdevOp
{
    // SAFETY: a request that Guest.Read has checked for its size.

    private const uint HighestLevel = 3;
    private const uint MostPorts = 65536;
    private const ulong BitmapSize = 8192;

    private enum Operation
    {
        ApicRead = 8,
        ApicWrite = 9,
        AllocIrqVector = 10,
        SetIopl = 6,
        SetIoBitmap = 7,
    }

    internal static long Run(ulong operation, ulong argument)
    {
        switch ((Operation)(uint)operation)
        {
            case Operation.SetIopl:
                return SetIopl(argument);
            case Operation.SetIoBitmap:
                return SetIoBitmap(argument);
            case Operation.ApicRead or Operation.ApicWrite or Operation.AllocIrqVector:
                return Errno.Permission;
            default:
                return Errno.NoCall;
        }
    }

    /// <summary>struct physdev_set_iopl: the level.</summary>
    private static long SetIopl(ulong argument)
    {
        uint* request = (uint*)Guest.Read(argument, sizeof(uint));
        if (request == null)
        {
            return Errno.Fault;
        }

        uint level = *request;
        if (level > HighestLevel)
        {
            return Errno.Invalid;
        }

        Machine.State->IoLevel = level;
        return 0;
    }

    /// <summary>
    /// struct physdev_set_iobitmap: address of the bitmap, number of ports in it. As on Xen the bitmap need not be mapped yet, but must be
    /// outside the hole.
    /// </summary>
    private static long SetIoBitmap(ulong argument)
    {
        byte* request = Guest.Read(argument, 16);
        if (request == null)
        {
            return Errno.Fault;
        }

        ulong bitmap = *(ulong*)request;
        uint ports = *(uint*)(request + 8);
        if (ports > MostPorts || !Guest.IsGuest(bitmap, BitmapSize))
        {
            return Errno.Invalid;
        }

        RomState* state = Machine.State;
        state->PortBitmap = bitmap;
        state->PortBitmapPorts = ports;
        return 0;
    }
}
