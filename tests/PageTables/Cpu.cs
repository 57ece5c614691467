using Tierce.PageTables;

namespace Tierce.Kernel.Arch.Instructions;

/// <summary>The registers of the simulated processor that <see cref="RootRegister"/> uses.</summary>
internal static class Cpu
{
    private static Processor Processor => Machine.Processor ?? throw new KernelPanicException("no processor");

    public static ulong ReadRoot() => Processor.Root;

    public static void LoadRoot(ulong physical) => Processor.LoadRoot(physical);

    public static ulong ReadCr4() => Processor.Control;

    public static void WriteCr4(ulong value) => Processor.WriteControl(value);
}
