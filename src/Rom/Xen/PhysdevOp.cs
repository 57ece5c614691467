namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 33: physical devices, of which the guest has none. Its I/O privilege level and port bitmap are accepted: every port
/// is absent in any case. Enters the kernel: no.
/// </summary>
internal static class PhysdevOp
{
    private const ulong SetIopl = 6;
    private const ulong SetIoBitmap = 7;

    internal static long Run(ulong operation) => operation is SetIopl or SetIoBitmap ? 0 : Errno.NoCall;
}
