using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.UserState;

/// <summary>
/// Sanitises the state that a guest wrote into its vCPU page before the processor loads it. Each field is read once, into the thread's
/// frame, which the guest cannot reach, and is made harmless there.
/// </summary>
[AssemblyNames("RESUME")]
public static unsafe class ResumeState
{
    // SAFETY: a frame is as many words as its size says.

    /// <summary>
    /// RFLAGS that ring 3 may choose: CF PF AF ZF SF TF DF OF NT RF AC ID. IF is always set; IOPL, VM, VIF and VIP never are. NT is harmless:
    /// every entry clears it, so that the IRET which loads it does not see it.
    /// </summary>
    public const ulong FlagsChoice = 0x25_4dd5;

    /// <summary>IF and the bit that is always 1.</summary>
    public const ulong FlagsFixed = 0x202;

    /// <summary>Reads all of VMUSR's registers from the page.</summary>
    public static void Load(RegisterFrame* frame, VCpuPage* page)
    {
        ulong* to = (ulong*)frame;
        ulong* from = (ulong*)&page->Usr;
        for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
        {
            to[i] = Volatile.Read(ref from[i]);
        }
    }

    /// <summary>Reads the registers that IRET restores and the three that the call to return lost.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadReturn(RegisterFrame* frame, VCpuPage* page)
    {
        frame->Rax = Volatile.Read(ref page->Usr.Rax);
        frame->Rcx = Volatile.Read(ref page->Usr.Rcx);
        frame->R11 = Volatile.Read(ref page->Usr.R11);
        frame->Rip = Volatile.Read(ref page->Usr.Rip);
        frame->Cs = Volatile.Read(ref page->Usr.Cs);
        frame->Rflags = Volatile.Read(ref page->Usr.Rflags);
        frame->Rsp = Volatile.Read(ref page->Usr.Rsp);
        frame->Ss = Volatile.Read(ref page->Usr.Ss);
    }

    /// <summary>Makes a frame fit for guest kernel mode: always flat 64-bit segments.</summary>
    public static void ToGuestKernel(RegisterFrame* frame)
    {
        frame->Rip = PageEntry.Canonical(frame->Rip);
        frame->Cs = Thread.UserCode;
        frame->Ss = Thread.UserData;
        frame->Rflags = (frame->Rflags & FlagsChoice) | FlagsFixed;
    }

    /// <summary>Makes a frame fit for guest user mode.</summary>
    /// <returns>As <see cref="CheckTarget"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ToGuestUser(RegisterFrame* frame)
    {
        frame->Rflags = (frame->Rflags & FlagsChoice) | FlagsFixed;
        return CheckTarget(frame);
    }

    /// <summary>
    /// Checks that IRET can load CS, SS and RIP; otherwise it would fault in ring 0. The processor's tables change only while no frame
    /// depends on them, or before this.
    /// </summary>
    /// <returns>0, or the exception that IRET would raise, its vector above its error code (<see cref="FaultVector"/>,
    /// <see cref="FaultCode"/>). The frame then stays as the guest wrote it, so that its kernel sees what could not be loaded. It must not
    /// be loaded.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CheckTarget(RegisterFrame* frame)
    {
        ulong code = frame->Cs & 0xffff;
        ulong stack = frame->Ss & 0xffff;
        frame->Cs = code;
        frame->Ss = stack;
        ulong fault = code == Thread.UserCode && stack == Thread.UserData ? 0 : CheckSelectors(frame->Rip, code, stack);
        return fault == 0 && PageEntry.Canonical(frame->Rip) != frame->Rip ? Fault(Vector.GeneralProtection, 0) : fault;
    }

    /// <summary>Vector of an exception in the form of <see cref="CheckTarget"/>.</summary>
    public static uint FaultVector(ulong fault) => (uint)(fault >> 32);

    /// <summary>Its error code.</summary>
    public static ulong FaultCode(ulong fault) => (uint)fault;

    /// <summary>Checks in the processor's order: code, stack, the code's limit.</summary>
    private static ulong CheckSelectors(ulong address, ulong code, ulong stack)
    {
        ulong descriptor = DescriptorTables.Find(code);
        uint codeVector = Descriptor.CodeFault(descriptor);
        uint stackVector = Descriptor.StackFault(DescriptorTables.Find(stack));
        if ((codeVector | stackVector) != 0)
        {
            return codeVector != 0 ? Fault(codeVector, code) : Fault(stackVector, stack);
        }

        return Descriptor.IsCode(descriptor, address) ? 0 : Fault(Vector.GeneralProtection, 0);
    }

    private static ulong Fault(uint vector, ulong selector) => ((ulong)vector << 32) | (selector & 0xfffc);
}
