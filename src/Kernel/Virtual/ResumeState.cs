using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Kernel;

/// <summary>
/// What may be loaded into the processor of what a guest wrote into its vCPU page. Each field is read once, into the
/// thread's frame, which the guest cannot reach; then it is made harmless there.
/// </summary>
public static unsafe class ResumeState
{
    /// <summary>RFLAGS that ring 3 may choose: CF PF AF ZF SF TF DF OF RF AC ID. IF is always set, IOPL, NT, VM, VIF, VIP never.</summary>
    public const ulong FlagsChoice = 0x25_0dd5;

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

    /// <summary>Reads what IRET restores and the three registers that the call to return lost.</summary>
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
        frame->Rip = Canonical(frame->Rip);
        frame->Cs = Descriptors.UserCode;
        frame->Ss = Descriptors.UserData;
        frame->Rflags = (frame->Rflags & FlagsChoice) | FlagsFixed;
    }

    /// <summary>Makes a frame fit for guest user mode.</summary>
    /// <returns>0, or the selector that cannot be loaded (1 for an address beyond its limit): the frame is then fit to raise the exception from.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong ToGuestUser(RegisterFrame* frame)
    {
        frame->Rip = Canonical(frame->Rip);
        frame->Rflags = (frame->Rflags & FlagsChoice) | FlagsFixed;
        return CheckSelectors(frame);
    }

    /// <summary>
    /// Sees that IRET can load CS and SS, which would fault in ring 0 otherwise. The processor's tables change only while no frame
    /// depends on them, or before this.
    /// </summary>
    /// <returns>As <see cref="ToGuestUser"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong CheckSelectors(RegisterFrame* frame)
    {
        ulong code = frame->Cs & 0xffff;
        ulong stack = frame->Ss & 0xffff;
        frame->Cs = code;
        frame->Ss = stack;
        return code == Descriptors.UserCode && stack == Descriptors.UserData ? 0 : CheckSelectors(frame, code, stack);
    }

    private static ulong CheckSelectors(RegisterFrame* frame, ulong code, ulong stack)
    {
        bool goodStack = stack == Descriptors.UserData || Descriptor.IsStack(DescriptorTables.Find(stack));
        if (!goodStack)
        {
            frame->Ss = Descriptors.UserData;
        }

        ulong descriptor = DescriptorTables.Find(code);
        if (code != Descriptors.UserCode && !Descriptor.IsCode(descriptor, frame->Rip))
        {
            frame->Cs = Descriptors.UserCode;
            return Descriptor.IsCode(descriptor, 0) ? 1 : code | 1;
        }

        return goodStack ? 0 : stack | 1;
    }

    /// <summary>The canonical address with the same low 48 bits: IRET with another would fault in ring 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Canonical(ulong address) => (ulong)((long)(address << 16) >> 16);
}
