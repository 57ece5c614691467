using System.Runtime;
using System.Runtime.CompilerServices;
using System.Threading;
using Tierce.Abi;

namespace Tierce.RomNative;

/// <summary>
/// Events of the guest: from the vCPU page to the shared page's pending word, from there to the handler. VMINT runs the handler itself, on
/// a stack of its own, and returns to VMUSR by RCV. The interrupted code does not notice it.
/// </summary>
internal static unsafe class Events
{
    // SAFETY: two frames of registers with the same layout, copied word by word.

    /// <summary>VMINT, up to RCV.</summary>
    [RuntimeExport("native_vmint")]
    internal static void Interrupt()
    {
        NativePage* page = Machine.Page;
        VCpuPage* vcpu = Machine.VCpu;
        TakePending(page);
        if (vcpu->UserMode == 0)
        {
            vcpu->Usr.Rip = Machine.Restart(vcpu->Usr.Rip);
        }

        if (Volatile.Read(ref page->Mask) == 0)
        {
            Deliver(page);
        }

        if (vcpu->UserMode != 0 && page->StopUser != 0)
        {
            ulong* to = (ulong*)&page->User;
            ulong* from = (ulong*)&vcpu->Usr;
            for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
            {
                to[i] = from[i];
            }

            vcpu->UserMode = 0;
            vcpu->Usr.Rip = Machine.RunStopped();
        }
    }

    /// <summary>Clears the mask. Events that are pending are handled first, here, as VMINT would.</summary>
    internal static void Unmask(NativePage* page)
    {
        while (true)
        {
            Volatile.Write(ref page->Mask, 0);
            if (Volatile.Read(ref page->Pending) == 0 || Machine.State->Handler == 0)
            {
                return;
            }

            // If VMINT came first, there is nothing left to deliver.
            Volatile.Write(ref page->Mask, 1);
            Deliver(page);
        }
    }

    /// <summary>Waits until an event is pending.</summary>
    internal static void Wait(NativePage* page)
    {
        while (Volatile.Read(ref page->Pending) == 0)
        {
            Machine.Block(&page->Pending);
            TakePending(page);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TakePending(NativePage* page)
    {
        // The monitor has set its bits in the shared page before it injected.
        ulong taken = Interlocked.Exchange(ref Machine.VCpu->Pending, 0);
        if ((taken & VCpuEvent.Timer) != 0)
        {
            Interlocked.Or(ref page->Pending, NativeEvent.Timer);
        }

        if ((taken & VCpuEvent.Console) != 0)
        {
            ConsoleInput.Take(page);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Deliver(NativePage* page)
    {
        ulong handler = Machine.State->Handler;
        if (handler == 0)
        {
            return;
        }

        ulong events = Interlocked.Exchange(ref page->Pending, 0);
        if (events != 0)
        {
            Machine.Handle(handler, events);
        }
    }
}
