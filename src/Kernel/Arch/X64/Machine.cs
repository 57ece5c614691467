using System;
using System.Diagnostics.CodeAnalysis;
using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Time;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.Arch;

/// <summary>The interface between the kernel's logic and the processor. Hosted tests replace this class by an imitation.</summary>
public static unsafe class Machine
{
    // SAFETY: the direct map holds all physical memory from start-up on, so that an address of RAM is a pointer; symbols of the
    // image are what the assembly defines.

    /// <summary>Words of four bytes that <see cref="Copy"/> copies one by one at most.</summary>
    private const ulong FewWords = 4;

    private static ulong tscHertz;
    private static ulong apicHertz;
    private static ClockDevices clockDevices;
    private static ReferenceTime referenceTime;

    /// <summary>Ticks of the time-stamp counter a second.</summary>
    public static ulong TscHertz => tscHertz;

    /// <summary>The definition of the ABI with which this kernel was built (<see cref="ImageIdentity"/>).</summary>
    public static ulong AbiIdentity => ImageSymbols.AbiIdentity();

    /// <summary>Physical address of the kernel's own top-level table.</summary>
    public static ulong KernelRoot => ToPhysical(ImageSymbols.KernelRoot());

    /// <summary>Top-level table whose kernel slots every root has. It lies in the image, which the map of all memory leaves out.</summary>
    public static ulong* KernelTable => Isolation.Enabled ? Isolation.SharedTable : (ulong*)ImageSymbols.KernelRoot();

    /// <summary>The processor that runs this code.</summary>
    public static PerCpu* ThisCpu => (PerCpu*)ImageSymbols.Cpu();

    /// <summary>Takes the measured clocks, and the counters that they were measured with.</summary>
    internal static void Configure(in ClockRates rates, in ClockDevices devices)
    {
        tscHertz = rates.TscHertz;
        apicHertz = rates.ApicHertz;
        clockDevices = devices;
        referenceTime.Start(rates.Reference, rates.TscHertz, rates.Last);
    }

    /// <summary>Reads the reference counter.</summary>
    /// <param name="tsc">The time-stamp counter at that moment.</param>
    /// <param name="nanoseconds">The reference's time since the clocks were measured.</param>
    /// <param name="width">Ticks of the time-stamp counter within which both were read.</param>
    /// <returns>False if the time-stamp counter went back.</returns>
    public static bool TryReadReference(out ulong tsc, out ulong nanoseconds, out ulong width)
    {
        bool read = ClockSample.TryTakeOne(ref clockDevices, referenceTime.Counter, inFirstPass: false, out ClockSample sample);
        tsc = sample.Tsc;
        width = sample.Width;
        nanoseconds = read ? referenceTime.At(sample) : 0;
        return read;
    }

    /// <summary>A physical address in the kernel's map of all memory.</summary>
    public static byte* ToVirtual(ulong physical) => (byte*)(HoleLayout.DirectMap + physical);

    /// <summary>Physical address of something in the map of all memory or in the kernel's image.</summary>
    public static ulong ToPhysical(void* address)
    {
        ulong value = (ulong)address;
        return value >= HoleLayout.KernelImage ? value - HoleLayout.KernelImage : value - HoleLayout.DirectMap;
    }

    /// <summary>Flushes the TLB's entries for an address in the loaded root.</summary>
    public static void InvalidatePage(ulong address)
    {
        ThisCpu->Counters.PageInvalidations++;
        Cpu.InvalidatePage(address);
    }

    /// <summary>Whether the TLB keeps global translations over the ring switch of a virtual CPU. Every flush then drops them.</summary>
    public static bool KeepsGlobals => GlobalPages.Kept;

    /// <summary>Flushes all TLB entries of the loaded root, including those that a ring switch keeps.</summary>
    public static void FlushTlb() => RootRegister.Reload();

    /// <summary>Prepares the end of a top-level table: if it is loaded, the kernel's own is loaded instead.</summary>
    public static void ForgetRoot(ulong physical)
    {
        if ((RootRegister.Current & PageEntry.AddressMask) == physical)
        {
            LeaveRoot();
        }
    }

    /// <summary>Loads the kernel's own root, through which no guest and no domain can be reached.</summary>
    public static void LeaveRoot() => RootRegister.Load(ThisCpu, KernelRoot, afterGuest: true);

    /// <summary>The processor's GDT (0) or LDT (1).</summary>
    public static ulong* DescriptorTable(int table) => (ulong*)(table == 0 ? ImageSymbols.Gdt() : ImageSymbols.Ldt());

    /// <summary>Loads DR0 to DR3 and DR7.</summary>
    public static void LoadDebugRegisters(ulong* addresses, ulong control) => Cpu.LoadDebugRegisters(addresses, control);

    /// <summary>Time-stamp counter.</summary>
    public static ulong ReadTsc() => Cpu.ReadTsc();

    /// <summary>
    /// Requests a timer interrupt at a time (TSC ticks; 0: none). The interrupt for a distant time comes early, and the queue requests it
    /// again.
    /// </summary>
    public static void ArmTimer(ulong deadline)
    {
        if (deadline == 0)
        {
            LocalApic.StartTimer(0);
            return;
        }

        ulong now = Cpu.ReadTsc();
        ulong ticks = deadline > now ? deadline - now : 0;
        ulong limit = tscHertz * 2;
        ticks = ticks > limit ? limit : ticks;

        // Rounded up, so that a timer that has fired has really expired.
        ulong count = (ticks * (apicHertz / 1000) / (tscHertz / 1000)) + 1;
        LocalApic.StartTimer(count > uint.MaxValue ? uint.MaxValue : (uint)count);
    }

    /// <summary>Masks a global system interrupt. A message has no mask here.</summary>
    public static void MaskInterrupt(int line)
    {
        if (line < IoApic.Lines)
        {
            IoApic.Mask(line);
        }
    }

    /// <summary>Address to which devices write messages for this processor (Intel SDM vol. 3, 11.11.1), and what they write for the first.</summary>
    public static ulong MessageAddress => 0xfee0_0000 | ((ulong)LocalApic.Identifier << 12);

    /// <inheritdoc cref="MessageAddress"/>
    public static ulong FirstMessageData => Vector.FirstLine + IoApic.Lines;

    /// <summary>Ends the interrupt in service, so that others can arrive.</summary>
    public static void EndInterrupt() => LocalApic.EndOfInterrupt();

    /// <summary>Unmasks a global system interrupt.</summary>
    public static void UnmaskInterrupt(int line, bool level)
    {
        if (line < IoApic.Lines)
        {
            IoApic.Unmask(line, level);
        }
    }

    /// <summary>
    /// Takes waiting interrupts in the middle of long work. They may make threads ready, set events and request another thread or VMINT
    /// (<see cref="HasToSwitch"/>); they change nothing else of the kernel. During start-up this takes nothing.
    /// </summary>
    public static void TakeInterrupts()
    {
        if (ThisCpu->Current == null)
        {
            return;
        }

        EntryTimes.Interrupted();
        Cpu.TakeInterrupts();
        EntryTimes.Restart();
        VCpu.SeeEvents(ThisCpu);
    }

    /// <summary>Whether another context than the current one has to run.</summary>
    public static bool HasToSwitch => ThisCpu->Reschedule;

    /// <summary>
    /// Copies at most a page of memory that does not overlap. A few words are copied one by one, in their order: no reader sees half of an
    /// index.
    /// </summary>
    public static void Copy(void* to, void* from, ulong bytes)
    {
        if (bytes <= FewWords * sizeof(uint) && bytes % sizeof(uint) == 0)
        {
            uint* source = (uint*)from;
            uint* target = (uint*)to;
            for (uint* end = source + (bytes / sizeof(uint)); source < end; source++)
            {
                Volatile.Write(ref *target++, Volatile.Read(ref *source));
            }
        }
        else
        {
            new ReadOnlySpan<byte>(from, (int)bytes).CopyTo(new Span<byte>(to, (int)bytes));
        }
    }

    /// <summary>Zeroes a page.</summary>
    public static void ZeroPage(void* page) => Cpu.Zero(page, 4096);

    /// <summary>Allows or forbids ports in the processor's bitmap.</summary>
    public static void SetPorts(ushort first, uint count, bool allowed) => Descriptors.SetPorts(first, count, allowed);

    /// <summary>Sets whether the bitmap applies; without it ring 3 may use no port.</summary>
    public static void ShowPorts(PerCpu* cpu, bool shown) => *cpu->PortMapBase = shown ? Descriptors.PortBitmapOffset : Descriptors.NoPortBitmap;

    /// <summary>Stops for good.</summary>
    [DoesNotReturn]
    public static void Halt()
    {
        Cpu.HaltForever();
        while (true)
        {
        }
    }

    /// <summary>Restarts the machine through the keyboard controller.</summary>
    [DoesNotReturn]
    public static void Restart()
    {
        Cpu.Out8(0x64, 0xfe);
        Halt();
    }

    /// <summary>Stops the kernel with a reason, registers and a backtrace.</summary>
    [DoesNotReturn]
    public static void Panic(ReadOnlySpan<byte> reason, ulong detail) => Diagnostics.Panic.Stop(reason, detail);
}
