using System.Runtime.InteropServices;
using Tierce.Abi;

namespace Tierce.KernelHost;

/// <summary>A started kernel with root alone, and short ways to make its calls. One at a time: the kernel has global state.</summary>
public sealed unsafe class Board : IDisposable
{
    public const ulong FreeFirst = 4096;
    public const ulong FreePages = 28672;
    public const ulong BundleAddress = 0x10_0000;
    public const ulong DeviceFirst = 0xc_0000;
    public const ulong DevicePages = 64;

    private readonly PerCpu* cpu;

    public Board()
        : this(RootImage.Elf())
    {
    }

    /// <summary>With another root program.</summary>
    public Board(byte[] program)
    {
        Machine.Reset();
        GuestSpace.Live = 0;
        VCpu.Live = 0;
        VCpu.TimersExpired = 0;
        cpu = (PerCpu*)NativeMemory.AlignedAlloc((nuint)sizeof(PerCpu), 64);
        new Span<byte>(cpu, sizeof(PerCpu)).Clear();
        byte[] bundle = RootImage.Bundle(("manifest", [1, 2, 3]), ("root", program));
        bundle.CopyTo(new Span<byte>(Machine.ToVirtual(BundleAddress), bundle.Length));
        MemoryRange* ranges = stackalloc MemoryRange[2];
        ranges[0].First = 512;
        ranges[0].Pages = 64;
        ranges[1].First = FreeFirst;
        ranges[1].Pages = FreePages;
        MemoryRange* devices = stackalloc MemoryRange[1];
        devices[0].First = DeviceFirst;
        devices[0].Pages = DevicePages;
        RootDomain.Build(cpu, ranges, 2, BundleAddress, (ulong)bundle.Length, 77, devices, 1);
        Exit();
        Root = cpu->Current;
    }

    public PerCpu* Cpu => cpu;

    /// <summary>Calls that <see cref="DirectCalls"/> has carried out.</summary>
    public int Direct { get; private set; }

    /// <summary>Whether calls are offered to <see cref="DirectCalls"/> first, as the kernel does.</summary>
    public bool TriesDirect { get; set; } = true;

    public Thread* Root { get; }

    public Domain* RootDomainPointer => Root->Domain;

    /// <summary>First slot that tests may use for what they like; root's largest memory is in <see cref="RootInfo.FirstMemorySlot"/>.</summary>
    public static ulong Memory => RootInfo.FirstMemorySlot;

    /// <summary>A kernel call by a thread, which is made the current one first. The exit path runs after it.</summary>
    public Status Call(Thread* caller, KernelCall call, ulong rdi = 0, ulong rsi = 0, ulong rdx = 0, ulong r10 = 0, ulong r8 = 0, ulong r9 = 0)
    {
        if (cpu->Current != caller)
        {
            ContextSwitch.To(cpu, caller);
        }

        RegisterFrame* frame = &caller->Frame;
        frame->Rax = (ulong)call;
        frame->Rdi = rdi;
        frame->Rsi = rsi;
        frame->Rdx = rdx;
        frame->R10 = r10;
        frame->R8 = r8;
        frame->R9 = r9;
        Thread* next = TriesDirect && IsChosen(caller) ? DirectCalls.Enter(cpu, caller, Machine.Tsc) : null;
        if (next != null)
        {
            CountDirect(next);
            return (Status)(long)frame->Rax;
        }

        KernelCalls.Dispatch(cpu, caller);
        Status status = (Status)(long)frame->Rax;
        Exit();
        return status;
    }

    public Status Call(KernelCall call, ulong rdi = 0, ulong rsi = 0, ulong rdx = 0, ulong r10 = 0, ulong r8 = 0, ulong r9 = 0) =>
        Call(Root, call, rdi, rsi, rdx, r10, r8, r9);

    /// <summary>An interrupt of a line comes while the current thread runs.</summary>
    public void Interrupt(int number)
    {
        Thread* next = TriesDirect && IsChosen(cpu->Current) ? DirectCalls.Interrupt(cpu, cpu->Current, InterruptLine.Get(number), Machine.Tsc) : null;
        if (next != null)
        {
            CountDirect(next);
            return;
        }

        InterruptLine.Raise(cpu, number);
        Exit();
    }

    /// <summary>
    /// In the kernel the current thread is always the one that the scheduler has chosen, and the slice timer is armed if it has company; tests
    /// let any thread call.
    /// </summary>
    private bool IsChosen(Thread* thread) => cpu->ReadyMask != 0 && cpu->Ready[Scheduler.Highest(cpu->ReadyMask)] == (ulong)thread
        && (thread->ReadyNext == thread || cpu->SliceTimer.Armed);

    /// <summary>What is done in one step must be what the scheduler would have chosen.</summary>
    private void CountDirect(Thread* next)
    {
        Direct++;
        Assert.False(cpu->Reschedule);
        Assert.True(cpu->Current == next && Scheduler.Choose(cpu) == next && !cpu->SliceTimer.Armed);
    }

    /// <summary>Repeats a call of root until it is done. Returns how often it was made.</summary>
    public int Finish(KernelCall call, ulong slot)
    {
        for (int i = 1; ; i++)
        {
            Status status = Call(call, slot);
            if (status != Status.Again)
            {
                Assert.Equal(Status.Ok, status);
                return i;
            }

            Assert.True(i < 10_000, "no progress");
        }
    }

    public void Ok(KernelCall call, ulong rdi = 0, ulong rsi = 0, ulong rdx = 0, ulong r10 = 0, ulong r8 = 0, ulong r9 = 0) =>
        Assert.Equal(Status.Ok, Call(call, rdi, rsi, rdx, r10, r8, r9));

    /// <summary>Derives memory of root's largest range into a slot.</summary>
    public void Derive(ulong slot, ulong first, ulong pages) =>
        Ok(KernelCall.MemoryDerive, Memory, first, pages, (ulong)CapRights.All, slot);

    /// <summary>Creates a domain with a pool at an offset of root's memory: the memory's slot, then the domain's.</summary>
    public Domain* CreateDomain(ulong slot, ulong first, ulong pages = 64)
    {
        Derive(slot, first, pages);
        Ok(KernelCall.DomainCreate, slot, slot + 1);
        return (Domain*)Find(Root, slot + 1)->Object;
    }

    /// <summary>Creates and starts a thread in a domain (0: root).</summary>
    public Thread* CreateThread(ulong domainSlot, ulong slot, int priority = 10)
    {
        Ok(KernelCall.ThreadCreate, domainSlot, slot, 0x1000, 0x2000, (ulong)priority, 5);
        Thread* thread = (Thread*)Find(Root, slot)->Object;
        Ok(KernelCall.ThreadControl, slot, (ulong)ThreadOperation.Start);
        return thread;
    }

    public static Capability* Find(Thread* thread, ulong slot) => thread->Domain->Capabilities.Find(slot);

    /// <summary>What the kernel does on its way out.</summary>
    public void Exit()
    {
        if (cpu->Reschedule)
        {
            Thread* next = Scheduler.Choose(cpu);
            if (next != null && next != cpu->Current)
            {
                ContextSwitch.To(cpu, next);
            }
        }
    }

    public void Dispose() => NativeMemory.AlignedFree(cpu);
}
