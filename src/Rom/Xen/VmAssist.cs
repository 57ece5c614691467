namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 21: asks for optional behaviour. What Linux asks for either holds anyway (writable page tables, large CR3) or says
/// how the run-state area is updated, which happens once. Enters the kernel: no.
/// </summary>
internal static class VmAssist
{
    private const ulong HighestType = 5;

    internal static long Run(ulong command, ulong type) => command > 1 || type > HighestType ? Errno.Invalid : 0;
}
