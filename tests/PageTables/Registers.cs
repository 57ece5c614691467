using Tierce.PageTables;

namespace Tierce.Kernel.Arch;

/// <summary>Stands for the precaution that nothing here takes.</summary>
internal static class Isolation
{
    public static bool Enabled => false;
}

/// <summary>Stands for what start-up decides.</summary>
internal static class GlobalPages
{
    public const ulong Enable = 1UL << 7;

    public static bool Kept => Machine.KeepsGlobals;
}

/// <summary>The registers of the simulated processor that <see cref="RootRegister"/> uses.</summary>
internal static class Cpu
{
    private static Processor Processor => Machine.Processor ?? throw new KernelPanicException("no processor");

    public static ulong ReadRoot() => Processor.Root;

    public static void LoadRoot(ulong physical) => Processor.LoadRoot(physical);

    public static ulong ReadCr4() => Processor.Control;

    public static void WriteCr4(ulong value) => Processor.WriteControl(value);
}
