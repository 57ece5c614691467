namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 3: the guest kernel's stack for entries from guest user. The selector is ignored. Does not enter the kernel.
/// </summary>
internal static unsafe class StackSwitch
{
    internal static long Run(ulong stackPointer)
    {
        Machine.State->KernelSp = stackPointer;
        return 0;
    }
}
