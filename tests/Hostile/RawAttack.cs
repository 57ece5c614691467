using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>
/// The kernel's own calls for a ROM, made from ROM text with anything in every register, while the page that kernel and ROM share
/// holds anything. Most resume this guest somewhere: an exception brings it back.
/// </summary>
internal static unsafe class RawAttack
{
    private const int PageWords = 36;
    private const ulong ReallyHarmful = 500;

    /// <summary>Number of calls.</summary>
    public static void Run(ref Values values, ulong calls)
    {
        for (ulong i = 0; i < calls; i++)
        {
            One(ref values);
            Chronicle.RawCalls++;
            if ((i & 63) == 0)
            {
                Chronicle.Save();
                Xen.TakeProbe();
            }
        }

        Chronicle.Save();
    }

    private static void One(ref Values values)
    {
        Registers* registers = Attempt.Registers;
        Attempt.Fill(ref values);
        ulong number = values.OneIn(8) ? values.Any() : values.Below(14);
        VCpuPage* page = Machine.VCpu;
        ulong* words = (ulong*)page;
        bool harmful = values.OneIn(ReallyHarmful);
        switch ((VmCall)number)
        {
            case VmCall.Crash:
                number = 15;
                break;
            case VmCall.Log when !values.OneIn(32):
                registers->Rdi = 0;
                break;
            case VmCall.LoadRoot:
                registers->Rdi = registers->Rdi < Machine.Info->AllFrames && !harmful ? ulong.MaxValue : registers->Rdi;
                break;
            case VmCall.SetTimer:
                registers->Rdi = values.OneIn(2) ? Xen.Tsc() + values.Below(100_000) : registers->Rdi;
                break;
        }

        for (int i = 0; i < PageWords; i++)
        {
            words[i] = values.Any();
        }

        if ((VmCall)number is VmCall.Block)
        {
            page->Pending = 1;
        }

        // A shutdown is an ending of its own; VMINT is entered only while this is 0.
        page->Request = page->Request == (ulong)MonitorRequest.Shutdown ? 99 : page->Request;
        page->InVmint = values.OneIn(2) ? 0 : (uint)values.Any();
        page->UserMode = (uint)values.Below(3);
        page->Usr.Rsp = values.OneIn(4) && harmful ? page->Usr.Rsp : Attempt.ScratchStack() - 1024;
        page->Usr.Cs = values.OneIn(2) ? page->Usr.Cs : 0xe033;
        page->Usr.Ss = values.OneIn(2) ? page->Usr.Ss : 0xe02b;
        if (values.OneIn(4))
        {
            // What the fast return takes: RCX and R11 as SYSRET leaves them.
            page->Usr.Rip = values.OneIn(2) ? HoleLayout.UserLimit - values.Below(16) : User.Code;
            page->Usr.Rcx = page->Usr.Rip;
            page->Usr.R11 = page->Usr.Rflags;
        }

        registers->Rax = number;
        Attempt.RawCall();
        page->InVmint = 0;
        if ((VmCall)number == VmCall.SetDebugRegister)
        {
            Xen.Disarm();
        }

        if ((VmCall)number == VmCall.Log)
        {
            // The next line of the log is not to begin within this one.
            StormAttack.Raw(VmCall.Log, '\n');
        }
    }
}
