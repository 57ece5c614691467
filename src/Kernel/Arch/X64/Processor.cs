using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Arch;

/// <summary>Control registers and model-specific registers of this processor, set once.</summary>
internal static unsafe class Processor
{
    private const uint StarMsr = 0xc000_0081, LStarMsr = 0xc000_0082, CStarMsr = 0xc000_0083, FlagMaskMsr = 0xc000_0084;
    private const uint SysenterCodeMsr = 0x174, SysenterStackMsr = 0x175, SysenterEntryMsr = 0x176;
    private const ulong FsGsBase = 1UL << 16, OsXsave = 1UL << 18, Umip = 1UL << 11, Smep = 1UL << 20;

    /// <summary>RFLAGS cleared by SYSCALL: TF, IF, DF, IOPL, NT, RF, AC.</summary>
    private const ulong FlagMask = 0x5_7700;

    /// <summary>x87, SSE and AVX: the states that XSAVE stores for all threads in its legacy area and the first extension.</summary>
    private const ulong SavedState = 7, SavedStateWithoutAvx = 3;

    /// <summary>Sets up the registers; stops with a message if the processor lacks a required feature.</summary>
    /// <param name="syscallEntry">Where SYSCALL enters the kernel.</param>
    public static void Initialise(ulong syscallEntry)
    {
        uint* result = stackalloc uint[4];
        Cpu.Identify(1, 0, result);
        bool xsave = (result[2] & (1u << 26)) != 0;
        bool avx = (result[2] & (1u << 28)) != 0;
        Cpu.Identify(7, 0, result);
        bool fsGsBase = (result[1] & 1) != 0;
        bool smep = (result[1] & (1u << 7)) != 0;
        bool umip = (result[2] & (1u << 2)) != 0;
        if (!xsave || !fsGsBase)
        {
            Machine.Panic("the processor lacks XSAVE or FSGSBASE"u8, 0);
        }

        Cpu.WriteCr4(Cpu.ReadCr4() | FsGsBase | OsXsave | (smep ? Smep : 0) | (umip ? Umip : 0));
        Cpu.WriteXcr0(avx ? SavedState : SavedStateWithoutAvx);

        // SYSCALL: CS, SS from KernelCode. SYSRET: SS and CS 8 and 16 above UserCode32.
        Cpu.WriteMsr(StarMsr, ((ulong)Descriptors.UserCode32 << 48) | ((ulong)Descriptors.KernelCode << 32));
        Cpu.WriteMsr(LStarMsr, syscallEntry);
        Cpu.WriteMsr(FlagMaskMsr, FlagMask);

        // SYSCALL in 32-bit code is AMD's, SYSENTER in long mode Intel's. Both enter as exceptions; the entry code sets RSP.
        Cpu.WriteMsr(CStarMsr, (ulong)ImageSymbols.CompatSyscallEntry());
        Cpu.WriteMsr(SysenterCodeMsr, Descriptors.KernelCode);
        Cpu.WriteMsr(SysenterStackMsr, 0);
        Cpu.WriteMsr(SysenterEntryMsr, (ulong)ImageSymbols.SysenterEntry());
    }
}
