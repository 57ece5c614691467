namespace Tierce.Kernel.Arch.Instructions;

/// <summary>Stands for the instructions that read what the processor holds of a context.</summary>
public static unsafe class Cpu
{
    public const uint OtherGsBaseMsr = 0xc000_0102;

    /// <summary>The FS base in the processor.</summary>
    public static ulong TlsBase { get; set; }

    /// <summary>The GS base that SWAPGS would load.</summary>
    public static ulong OtherLocalBase { get; set; }

    public static void SaveState(Thread* thread) => thread->TlsBase = TlsBase;

    public static ulong ReadMsr(uint register) => register == OtherGsBaseMsr ? OtherLocalBase : 0;
}
