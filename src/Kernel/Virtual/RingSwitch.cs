using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>
/// The switch between guest user and guest kernel within the current virtual CPU: root, GS base, and where SYSCALL goes.
/// The fast paths in <c>entry.S</c> do the same in assembly.
/// </summary>
public static unsafe class RingSwitch
{
    /// <summary>To the guest kernel root, unless it is loaded.</summary>
    public static void ToKernel(PerCpu* cpu)
    {
        if (VCpu.IsInUser(cpu))
        {
            cpu->Counters.RingSwitches++;
            cpu->SyscallTarget = (ulong)ImageSymbols.GuestKernelSyscall();
            Cpu.SwapGs();
            RootRegister.Load(cpu->GuestKernelRoot);
        }
    }

    /// <summary>To the guest user root, from the guest kernel root.</summary>
    public static void ToUser(PerCpu* cpu)
    {
        cpu->Counters.RingSwitches++;
        cpu->SyscallTarget = (ulong)ImageSymbols.GuestUserSyscall();
        Cpu.SwapGs();
        RootRegister.Load(cpu->GuestUserRoot);
    }

    /// <summary>Makes a frame start at one of the ROM's entries; the general registers and RSP stay.</summary>
    public static void EnterRom(RegisterFrame* frame, ulong entry)
    {
        frame->Rip = entry;
        frame->Cs = Descriptors.UserCode;
        frame->Ss = Descriptors.UserData;
        frame->Rflags = ResumeState.FlagsFixed;
    }
}
