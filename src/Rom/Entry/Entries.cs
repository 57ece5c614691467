using System.Runtime;
using Tierce.Abi;
using Tierce.Rom.Emulate;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom;

/// <summary>Functions that assembly calls (<c>Entry/entry.S</c>).</summary>
internal static unsafe class Entries
{
    private const ulong InterruptFlag = 1 << 9;

    /// <summary>Handles a hypercall other than iret. Returns RAX.</summary>
    [RuntimeExport("rom_hypercall")]
    internal static ulong Hypercall(ulong number, RegisterFrame* frame)
    {
        Startup.Ensure();
        long result = Hypercalls.Dispatch(number, frame->Rdi, frame->Rsi, frame->Rdx, frame->R10, frame->R8);
        Batch.Commit();
        return (ulong)result;
    }

    /// <summary>
    /// Handles #GP or #UD of guest kernel. Returns true if the instruction was executed and the frame updated. Otherwise the vCPU page
    /// holds the exception to reflect.
    /// </summary>
    [RuntimeExport("rom_emulate")]
    internal static bool Emulate(RegisterFrame* frame, ulong vector, ulong errorCode)
    {
        Startup.Ensure();
        CallCounts.Begin(CallCounts.Emulation);
        var exception = new Reflected { Vector = vector, ErrorCode = errorCode };
        bool done = Emulator.Run(frame, &exception);
        if (!done)
        {
            Reflect(frame, exception, user: false);
        }

        Batch.Commit();
        return done;
    }

    /// <summary>
    /// Handles #GP or #UD of guest user. Returns true if the instruction was executed: <see cref="RomState.UserFrame"/> is then the way
    /// back, and the frame holds the general registers that it does not have. Otherwise as <see cref="Emulate"/>.
    /// </summary>
    [RuntimeExport("rom_emulate_user")]
    internal static bool EmulateUser(RegisterFrame* frame, ulong vector, ulong errorCode)
    {
        Startup.Ensure();
        CallCounts.Begin(CallCounts.Emulation);
        var exception = new Reflected { Vector = vector, ErrorCode = errorCode };
        if (!Emulator.RunUser(frame, &exception))
        {
            Reflect(frame, exception, user: true);
            return false;
        }

        RomState* state = Machine.State;
        ulong takesEvents = state->VcpuInfo->UpcallMask == 0 ? InterruptFlag : 0;
        state->UserFrame = new IretFrame
        {
            Rax = frame->Rax,
            R11 = frame->R11,
            Rcx = frame->Rcx,
            Rip = frame->Rip,
            Cs = frame->Cs,
            Rflags = (frame->Rflags & ~(InterruptFlag | state->ShownLevel)) | takesEvents | (state->UserFlags & state->ShownLevel),
            Rsp = frame->Rsp,
            Ss = frame->Ss,
        };
        return true;
    }

    /// <summary>Restores the exception on the vCPU page, which a fault of the ROM while it read the instruction has overwritten.</summary>
    private static void Reflect(RegisterFrame* frame, in Reflected exception, bool user)
    {
        VCpuPage* page = Machine.VCpu;
        page->Entry.Rip = frame->Rip;
        page->Entry.Cs = frame->Cs;
        page->Entry.Rflags = frame->Rflags;
        page->Entry.Rsp = frame->Rsp;
        page->Entry.Ss = frame->Ss;
        page->Vector = exception.Vector;
        page->ErrorCode = exception.ErrorCode;
        page->EntryUserMode = user ? 1u : 0u;
    }

    /// <summary>
    /// VMINT. Returns true if the event is to be delivered, false to return to the interrupted code (RCV). The addresses are arguments
    /// because an access through a register takes one instruction less, as long as the register need not be preserved over a call.
    /// </summary>
    [RuntimeExport("rom_vmint")]
    internal static bool Vmint(RomState* state, VCpuPage* page)
    {
        if (state->Ready == 0)
        {
            Startup.Ensure();
            page = Machine.VCpu;
        }

        Events.TakePending(state, page);
        page = Machine.VCpu;
        if (page->UserMode == 0 && Machine.IsRomText(page->Usr.Rip))
        {
            page->Usr.Rip = Machine.Restart(page->Usr.Rip);
            return false;
        }

        return Events.IsDue;
    }

    /// <summary>Takes events that arrived while VMINT became VMUSR.</summary>
    [RuntimeExport("rom_take_pending")]
    internal static void TakePending() => Events.TakePending();
}
