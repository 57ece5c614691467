using System;
using System.Runtime;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Entry;
using Tierce.Kernel.Loading;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Switching;

namespace Tierce.Kernel.Boot;

/// <summary>The order of start-up, from the first line of C# to the first program.</summary>
internal static unsafe class KernelMain
{
    private const int MostRanges = 64;

    private static bool wantsTrace;

    /// <summary>Entered from <c>boot.S</c> on the boot stack; does not return.</summary>
    /// <param name="address">Physical address of the loader's information.</param>
    /// <param name="tscAtEntry">Time-stamp counter at the entry.</param>
    /// <param name="loader">Magic number that a Multiboot2 loader passes.</param>
    [RuntimeExport("kernel_main")]
    public static void Main(ulong address, ulong tscAtEntry, uint loader)
    {
        PerCpu* cpu = Machine.ThisCpu;
        StartInfo* info = (StartInfo*)Machine.ToVirtual(address);
        StartInfo translated = default;
        StartModule bundle = default;
        bool isPvh = info->Magic == StartInfo.ExpectedMagic && info->Version >= 1;
        if (!isPvh && loader == Multiboot2.LoaderMagic)
        {
            // SAFETY: all below 4 GiB is mapped, and a loader's information is smaller than what an int counts.
            isPvh = Multiboot2.TryRead(new ReadOnlySpan<byte>(info, (int)(info->Magic & int.MaxValue)), address, ref translated, ref bundle);
            info = &translated;
        }

        ReadOnlySpan<byte> options = Options(info);
        ChooseOutput(options);
        Announce(tscAtEntry);
        ApplyOptions(options);
        if (!isPvh)
        {
            Machine.Panic("not started by a PVH (version 1) or Multiboot2 loader"u8, info->Magic);
        }

        if (info->ModuleCount == 0)
        {
            Machine.Panic("no boot bundle: the loader gave no module"u8, 0);
        }

        if (info != &translated)
        {
            bundle = *(StartModule*)Machine.ToVirtual(info->Modules);
        }

        Processor.Initialise(EntryPatches.SyscallEntry);
        IoApic.Physical = Acpi.FindIoApic(info->Rsdp, KernelPaging.MappedAtBoot, IoApic.Physical);
        ushort powerTimer = Acpi.FindPowerTimer(info->Rsdp, KernelPaging.MappedAtBoot);
        KernelPaging.Initialise();
        Descriptors.Initialise();
        LegacyDevices.SilencePic();
        LocalApic.Initialise();
        IoApic.Initialise();
        ClockStart.Run(powerTimer);
        Descriptors.ConnectFrameTop(cpu);
        cpu->KernelStack = (ulong)ImageSymbols.KernelStackTop();
        cpu->SyscallTarget = (ulong)ImageSymbols.DomainSyscall();

        MemoryRange* ranges = stackalloc MemoryRange[MostRanges];
        int count = FreeMemory.FreeRanges(info, bundle.Address, bundle.Size, ranges, MostRanges);
        MemoryRange* devices = stackalloc MemoryRange[MostRanges];
        int deviceCount = FreeMemory.DeviceRanges(info, devices, MostRanges);
        DirectMap.Extend(ranges, count);

        if (wantsTrace)
        {
            StartTrace(ranges, count);
        }

        RootDomain.Build(cpu, ranges, count, bundle.Address, bundle.Size, tscAtEntry, devices, deviceCount);
        cpu->Reschedule = true;
        FirstEntry.Go(cpu);
    }

    private static void StartTrace(MemoryRange* ranges, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (ranges[i].Pages > Trace.Pages * 2)
            {
                ulong physical = ranges[i].Cut(Trace.Pages) << 12;
                Trace.Start(Machine.ToVirtual(physical), physical, Machine.TscHertz);
                return;
            }
        }
    }

    private static void Announce(ulong tscAtEntry)
    {
        KernelLog.Text("tierce: version "u8);
        KernelLog.Text(Abi.Release.Version);
        KernelLog.Line();
        KernelLog.Text("tierce: kernel entry tsc="u8);
        KernelLog.Number(tscAtEntry);
        KernelLog.Line();
    }

    private static ReadOnlySpan<byte> Options(StartInfo* info)
    {
        // SAFETY: the loader gives a text that ends with a zero; the kernel searches it for a few words.
        byte* text = info->CommandLine == 0 ? null : Machine.ToVirtual(info->CommandLine);
        int length = 0;
        while (text != null && text[length] != 0 && length < Abi.ManifestLimits.KernelCommandLineSize)
        {
            length++;
        }

        return new ReadOnlySpan<byte>(text, length);
    }

    private static void ChooseOutput(ReadOnlySpan<byte> options)
    {
        if (options.IndexOf("debugcon"u8) >= 0)
        {
            LogOutput.UseDebugConsole();
        }

        if (options.IndexOf("serial-log"u8) >= 0)
        {
            Emergency.UseForLog();
        }

        if (options.IndexOf("debugexit"u8) >= 0)
        {
            Emergency.UseExitPort(0xf4);
        }
    }

    private static void ApplyOptions(ReadOnlySpan<byte> options)
    {
        wantsTrace = options.IndexOf("trace"u8) >= 0;
        Isolation.Initialise(options);
        GlobalPages.Initialise(options);
        RootRegister.Prepare();
        PredictorBarrier.Initialise(options);
        ContextSwitch.Prepare(Machine.ThisCpu);
        EntryPatches.Apply(options, wantsTrace);
        if (options.IndexOf("test-panic"u8) >= 0)
        {
            Machine.Panic("asked for on the command line"u8, 42);
        }
    }
}
