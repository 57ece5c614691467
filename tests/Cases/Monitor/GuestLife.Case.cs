using Tierce.Abi;
using Tierce.Cases;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <content>
/// In the place of the monitor's GuestLife.Run.cs: a guest's life in one of the cases. Where the monitor is at user level, the interrupt
/// is its timer's: the kernel wakes it, and it injects. Where the monitor is in the kernel, it is the virtual CPU's timer, and all that is
/// done here is to start and to tell.
/// </content>
public unsafe partial struct GuestLife
{
    private const ulong RamAddress = 0x0000_0030_0000_0000;
    private const ulong RamStep = 512;
    private const ulong VirtualBase = 0xffff_ffff_8000_0000;
    private const ulong RegisterWords = 20;

    private static ulong s_ramBytes;
    private static ulong s_period;
    private static ulong s_deadline;

    private readonly CasePage* Case => (CasePage*)(_controlPages + CasePage.Offset);

    private readonly VCpuPage* CpuPage => (VCpuPage*)(_controlPages + 4096);

    /// <summary>
    /// Starts the guest and serves it to its end. The command line: name of the case, then further words: spin, no-region, no-check.
    /// </summary>
    public GuestEnd Run()
    {
        ReadOnlySpan<byte> words = new Startup(_page).CommandLine;
        *Case = default;
        Case->Case = Name(words);
        Case->Spins = words.IndexOf(" spin"u8) >= 0 ? 1u : 0u;
        Case->Sabotage = (words.IndexOf(" no-region"u8) >= 0 ? CasePage.NoRegion : 0) | (words.IndexOf(" no-check"u8) >= 0 ? CasePage.NoCheck : 0);
        MapRam();
        var cpu = new VCpu(_cpuSlot);
        Failure.Check(Order(CaseOperation.SetCase, (ulong)Case->Case), "setting the case"u8);
        Failure.Check(cpu.Start(_layout.RootFrame), "starting the virtual CPU"u8);
        while (true)
        {
            ulong bits = _events.Wait(s_deadline);
            if (bits == 0)
            {
                Interrupt(cpu);
            }

            if ((bits & MonitorEvent.CpuStopped) != 0 && !TryServe(cpu) && HasEnded(cpu, out GuestEnd end))
            {
                return end;
            }

            if ((bits & MonitorEvent.GuestConsole) != 0)
            {
                Obey();
            }
        }
    }

    private static CaseName Name(ReadOnlySpan<byte> words)
    {
        int end = words.IndexOf((byte)' ');
        ReadOnlySpan<byte> name = end < 0 ? words : words.Slice(0, end);
        return name.SequenceEqual("IA"u8) ? CaseName.IA
            : name.SequenceEqual("IB"u8) ? CaseName.IB
            : name.SequenceEqual("IIA"u8) ? CaseName.IIA
            : name.SequenceEqual("IIB"u8) ? CaseName.IIB
            : name.SequenceEqual("IIIA"u8) ? CaseName.IIIA
            : name.SequenceEqual("IIIB"u8) ? CaseName.IIIB
            : CaseName.None;
    }

    /// <summary>Time is up: the guest's event, and on to the guest.</summary>
    private void Interrupt(VCpu cpu)
    {
        // SAFETY: the page is mapped by MapForLife, for the domain's life.
        System.Threading.Interlocked.Or(ref ((NativePage*)_controlPages)->Pending, NativeEvent.Console);
        s_deadline = s_period == 0 ? 0 : Machine.Tsc() + s_period;
        cpu.Inject(VCpuEvent.Monitor);
    }

    /// <summary>Answers what only a case's ROM asks; false if it has asked something else.</summary>
    private readonly bool TryServe(VCpu cpu)
    {
        VCpuPage* page = CpuPage;
        switch ((CaseRequest)Volatile.Read(ref page->Request))
        {
            case CaseRequest.Return:
                page->Request = 0;
                Return(Volatile.Read(ref page->RequestArg0));
                return true;
            case CaseRequest.WriteBack:
                page->Request = 0;
                WriteBack();
                Failure.Check(cpu.Resume(), "resuming the virtual CPU"u8);
                return true;
            default:
                return false;
        }
    }

    /// <summary>Case I B: takes the frame from the guest's stack, as the processor's IRET would; a bad one leaves the guest stopped.</summary>
    private readonly void Return(ulong address)
    {
        ulong offset = address - VirtualBase;
        if ((offset & 7) != 0 || offset > s_ramBytes - (ulong)sizeof(RegisterFrame))
        {
            return;
        }

        ulong* from = (ulong*)(RamAddress + offset);
        ulong* to = (ulong*)&CpuPage->Usr;
        for (ulong i = 0; i < RegisterWords; i++)
        {
            to[i] = from[i];
        }

        Failure.Check(Order(CaseOperation.Return, 0), "returning from an interrupt"u8);
    }

    /// <summary>Case III A: VMUSR's registers are not shared, so they come by calls, and go back by calls.</summary>
    private readonly void WriteBack()
    {
        ulong* words = stackalloc ulong[(int)RegisterWords];
        for (ulong i = 0; i < RegisterWords; i += 4)
        {
            VCpuControlArguments read = new() { VCpu = _cpuSlot, Operation = (ulong)CaseOperation.ReadContext, Value = i };
            Failure.Check(KernelCalls.Make(KernelCall.VCpuControl, read, out CallArguments call), "reading the context"u8);
            words[i] = call.Argument3;
            words[i + 1] = call.Argument4;
            words[i + 2] = call.Argument5;
            words[i + 3] = call.Argument0;
        }

        for (ulong i = 0; i < RegisterWords; i += 2)
        {
            CallArguments write = new()
            {
                Argument0 = _cpuSlot,
                Argument1 = (ulong)CaseOperation.WriteContext,
                Argument2 = i,
                Argument3 = words[i],
                Argument4 = words[i + 1],
            };
            Failure.Check(KernelCalls.Make(KernelCall.VCpuControl, write), "writing the context"u8);
        }
    }

    private void Obey()
    {
        CasePage* page = Case;
        CaseCommand command = page->Command;
        ulong argument = page->Argument;
        page->Command = CaseCommand.None;
        switch (command)
        {
            case CaseCommand.Fire:
                s_deadline = Machine.Tsc() + argument;
                break;
            case CaseCommand.Spin:
                s_period = argument;
                s_deadline = argument == 0 ? 0 : Machine.Tsc() + argument;
                Log log = Line();
                log.Text(" spins"u8);
                log.EndLine();
                break;
            case CaseCommand.Report:
                Report();
                break;
            default:
                break;
        }
    }

    private readonly void Report()
    {
        Log log = Line();
        log.Text(" swept"u8);
        Figure(ref log, " raised="u8, Case->Raised);
        Figure(ref log, " delivered="u8, Case->Delivered);
        Figure(ref log, " lost="u8, Case->Lost);
        Figure(ref log, " doubled="u8, Case->Doubled);
        Figure(ref log, " changed="u8, Case->Changed);
        log.EndLine();
        log = Line();
        log.Text(" saw"u8);
        Figure(ref log, " waited="u8, Case->Waited);
        Figure(ref log, " in-region="u8, Case->InRegion);
        Figure(ref log, " places="u8, Bits(Case->RegionLow) + Bits(Case->RegionHigh));
        Figure(ref log, " pile="u8, Case->Pile);
        log.EndLine();
    }

    private static void Figure(ref Log log, ReadOnlySpan<byte> name, ulong value)
    {
        log.Text(name);
        log.Decimal(value);
    }

    private static ulong Bits(ulong value)
    {
        ulong count = 0;
        for (; value != 0; value &= value - 1)
        {
            count++;
        }

        return count;
    }

    private readonly Status Order(CaseOperation operation, ulong argument) =>
        KernelCalls.Make(KernelCall.VCpuControl, new VCpuControlArguments { VCpu = _cpuSlot, Operation = (ulong)operation, Value = argument });

    /// <summary>The guest's RAM, in which its stack is.</summary>
    private void MapRam()
    {
        s_ramBytes = _layout.RamFrames << 12;
        for (ulong page = 0; page < _layout.RamFrames; page += RamStep)
        {
            ulong count = _layout.RamFrames - page < RamStep ? _layout.RamFrames - page : RamStep;
            Failure.Check(_memory.Map(Domain.Own, RamAddress + (page << 12), page, count, CapRights.Read | CapRights.Write, _slots.Take()), "mapping the guest's memory"u8);
        }
    }
}
