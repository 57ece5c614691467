namespace Tierce.Rom.Xen;

/// <summary>Hypercall 3: the guest kernel's stack for entries from guest user. The selector is ignored. Enters the kernel: no.</summary>
internal static unsafe class StackSwitch
{
    internal static long Run(ulong stackPointer)
    {
        Machine.State->KernelSp = stackPointer;
        return 0;
    }
}
