namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 10: writes a descriptor by machine address. It changes the guest's own copy of its table, which the guest reads
/// back; the processor's table is the kernel's. Enters the kernel: no.
/// </summary>
internal static unsafe class UpdateDescriptor
{
    internal static long Run(ulong address, ulong descriptor)
    {
        if ((address & 7) != 0 || !Guest.IsFrame(address >> 12))
        {
            return Errno.Invalid;
        }

        // SAFETY: the frame is in the window, the address aligned.
        *(ulong*)Machine.Window(address) = descriptor;
        return 0;
    }
}
