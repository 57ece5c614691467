using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>
/// The switch between guest user and guest kernel within the current virtual CPU: root, GS base, and the target of SYSCALL. The fast paths
/// in <c>entry.S</c> do the same in assembly.
/// </summary>
public static unsafe class RingSwitch
{
    /// <summary>To the guest kernel root, unless it is loaded.</summary>
    public static void ToKernel(PerCpu* cpu)
    {
        if (VCpu.IsInUser(cpu))
        {
            FromUser(cpu);
        }
    }

    /// <summary>To the guest kernel root, from the guest user root.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FromUser(PerCpu* cpu)
    {
        cpu->Counters.RingSwitches++;
        cpu->Counters.RootLoads++;
        Cpu.SwitchRing(cpu->GuestKernelRoot, cpu->GuestKernelSyscall);
    }

    /// <summary>To the guest user root, from the guest kernel root.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToUser(PerCpu* cpu)
    {
        cpu->Counters.RingSwitches++;
        cpu->Counters.RootLoads++;
        Cpu.SwitchRing(cpu->GuestUserRoot, cpu->GuestUserSyscall);
    }

    /// <summary>Makes a frame start at one of the ROM's entries; the general registers and RSP stay.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void EnterRom(RegisterFrame* frame, ulong entry)
    {
        frame->Rip = entry;
        frame->Cs = Descriptors.UserCode;
        frame->Ss = Descriptors.UserData;
        frame->Rflags = ResumeState.FlagsFixed;
    }

    /// <summary>
    /// Resumes guest user with its notes taken and a frame that the guest wrote. A state that cannot be loaded is a fault there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ResumeUser(PerCpu* cpu, VCpu* vcpu, RegisterFrame* frame)
    {
        ulong fault = ResumeState.ToGuestUser(frame);
        if (cpu->GuestUserRoot == 0)
        {
            VCpu.Fail(cpu, vcpu, CrashReason.BadRoot, 0);
            return;
        }

        ToUser(cpu);
        if (fault != 0)
        {
            VirtualException.Reflect(cpu, vcpu, ResumeState.FaultVector(fault), ResumeState.FaultCode(fault), 0);
        }
    }
}
