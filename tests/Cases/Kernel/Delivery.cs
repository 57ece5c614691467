using Tierce.Abi;
using Tierce.Cases;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.VirtualCpu;

/// <summary>
/// The cases' own part of the kernel. One test guest is all that such a kernel runs, so that its case, and VMUSR's registers where they
/// are not shared, stand here alone.
/// </summary>
internal static unsafe class Delivery
{
    /// <summary>Bytes below the stack pointer that a frame leaves alone: an interrupt between ENABLE and RET still finds the frame there.</summary>
    private const ulong RedZone = 128;

    private const ulong FrameAlignment = 16;

    /// <summary>Where a native guest's kernel is mapped: its stack lies there (guest.ld).</summary>
    private const ulong VirtualBase = 0xffff_ffff_8000_0000;

    private const int Words = 20;

    private static RegisterFrame s_saved;

    /// <summary>The case.</summary>
    public static CaseName Case { get; private set; }

    /// <summary>The guest's handler runs in the interrupted context: the kernel puts a frame on the guest's stack.</summary>
    public static bool HasOneContext => Case is >= CaseName.IA and <= CaseName.IIB;

    /// <summary>Carries out what only this kernel knows of a monitor's orders.</summary>
    public static Status Control(PerCpu* cpu, VCpu* vcpu, RegisterFrame* call)
    {
        ulong argument = call->Rdx;
        switch ((CaseOperation)call->Rsi)
        {
            case CaseOperation.SetCase when vcpu->Phase == VCpuPhase.New:
                Case = (CaseName)argument;
                return Status.Ok;
            case CaseOperation.Return when vcpu->Phase == VCpuPhase.Asking && Case == CaseName.IB:
                Return(vcpu, &vcpu->Page->Usr);
                vcpu->Phase = VCpuPhase.Running;
                Scheduler.MakeReady(cpu, vcpu->Thread);
                return Status.Ok;
            case CaseOperation.ReadContext when argument <= Words - 4:
                fixed (RegisterFrame* frame = &s_saved)
                {
                    ulong* from = (ulong*)frame + argument;
                    call->R10 = from[0];
                    call->R8 = from[1];
                    call->R9 = from[2];
                    call->Rdi = from[3];
                }

                return Status.Ok;
            case CaseOperation.WriteContext when argument <= Words - 2:
                fixed (RegisterFrame* frame = &s_saved)
                {
                    ((ulong*)frame)[argument] = call->R10;
                    ((ulong*)frame)[argument + 1] = call->R8;
                }

                return Status.Ok;
            default:
                return Status.BadArgument;
        }
    }

    /// <summary>Keeps VMUSR's registers where neither guest nor ROM reach them.</summary>
    public static void Keep(RegisterFrame* frame)
    {
        fixed (RegisterFrame* to = &s_saved)
        {
            Copy(to, frame);
        }
    }

    /// <summary>The registers that <see cref="Keep"/> has kept, or what the monitor has made of them.</summary>
    public static void Kept(RegisterFrame* frame)
    {
        fixed (RegisterFrame* from = &s_saved)
        {
            Copy(frame, from);
        }
    }

    /// <summary>Word by word, each read once: no SIMD register, and a guest may write one of the two.</summary>
    public static void Copy(RegisterFrame* to, RegisterFrame* from)
    {
        for (int i = 0; i < Words; i++)
        {
            ((ulong*)to)[i] = Volatile.Read(ref ((ulong*)from)[i]);
        }
    }

    /// <summary>
    /// Puts the interrupted registers on the guest's stack, as a monitor in the kernel does: the one place where this kernel writes a
    /// guest's memory, which the shipped one never does.
    /// </summary>
    /// <returns>The frame's address for the guest; 0 if its stack cannot take it.</returns>
    public static ulong Push(VCpu* vcpu, RegisterFrame* frame)
    {
        ulong address = (frame->Rsp - RedZone - (ulong)sizeof(RegisterFrame)) & ~(FrameAlignment - 1);
        RegisterFrame* to = OnStack(vcpu, address);
        if (to == null)
        {
            return 0;
        }

        Copy(to, frame);
        return address;
    }

    /// <summary>Takes the registers back from the guest's stack; false if there is no frame.</summary>
    public static bool Pop(VCpu* vcpu, ulong address)
    {
        RegisterFrame* from = OnStack(vcpu, address);
        if (from == null)
        {
            return false;
        }

        Return(vcpu, from);
        return true;
    }

    /// <summary>The context goes on with these registers and takes events again: both at once.</summary>
    private static void Return(VCpu* vcpu, RegisterFrame* from)
    {
        RegisterFrame* frame = &vcpu->Thread->Frame;
        Copy(frame, from);
        ResumeState.ToGuestKernel(frame);
        Volatile.Write(ref vcpu->Page->InVmint, 0);
        vcpu->EventCheck = true;
    }

    private static RegisterFrame* OnStack(VCpu* vcpu, ulong address)
    {
        ulong first = (address - VirtualBase) >> 12;
        ulong last = (address + (ulong)sizeof(RegisterFrame) - 1 - VirtualBase) >> 12;
        bool good = (address & 7) == 0 && first <= last && vcpu->Guest->Owns(first) && vcpu->Guest->Owns(last);

        // SAFETY: the guest's frames are one range, and both ends are its own.
        return good ? (RegisterFrame*)(vcpu->Guest->FrameAddress(first) + (address & 4095)) : null;
    }
}
