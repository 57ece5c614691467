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
