namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 10: writes a descriptor by machine address. Enters the kernel at the end of the batch, if the descriptor has changed and
/// belongs to the guest's GDT or LDT.
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
        ulong* place = (ulong*)Machine.Window(address);
        if (*place != descriptor)
        {
            *place = descriptor;
            DescriptorFrames.Changed(address);
        }

        return 0;
    }
}
