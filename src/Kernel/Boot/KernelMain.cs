using System;
using System.Runtime;

namespace Tierce.Kernel;

/// <summary>The order of start-up, from the first line of C# to the first program.</summary>
internal static unsafe class KernelMain
{
    private const int MostRanges = 32;

    /// <summary>Entered from <c>boot.S</c> on the boot stack; does not return.</summary>
    [RuntimeExport("kernel_main")]
    public static void Main(StartInfo* startInfo, ulong tscAtEntry)
    {
        PerCpu* cpu = Machine.ThisCpu;
        StartInfo* info = (StartInfo*)Machine.ToVirtual((ulong)startInfo);
        ReadOptions(info);
        KernelLog.Text("tierce: kernel entry tsc="u8);
        KernelLog.Number(tscAtEntry);
        KernelLog.Line();
        if (info->Magic != StartInfo.ExpectedMagic || info->Version < 1)
        {
            Machine.Panic("not started by a PVH loader (version 1)"u8, info->Magic);
        }

        if (info->ModuleCount == 0)
        {
            Machine.Panic("no boot bundle: the loader gave no module"u8, 0);
        }

        Processor.Initialise();
        KernelPaging.Initialise();
        Descriptors.Initialise();
        LegacyDevices.SilencePic();
        LocalApic.Initialise();
        IoApic.Initialise();
        ulong tsc = LegacyDevices.MeasureClocks(out ulong apic);
        Machine.Configure(tsc, apic);
        cpu->KernelStack = (ulong)ImageSymbols.KernelStackTop();
        cpu->SyscallTarget = (ulong)ImageSymbols.DomainSyscall();

        StartModule* bundle = (StartModule*)Machine.ToVirtual(info->Modules);
        ulong bundleAddress = bundle->Address;
        ulong bundleSize = bundle->Size;
        MemoryRange* ranges = stackalloc MemoryRange[MostRanges];
        int count = MemoryMap.FreeRanges(info, bundleAddress, bundleSize, ranges, MostRanges);
        KernelPaging.MapAll(ranges, count);

        RootDomain.Build(cpu, ranges, count, bundleAddress, bundleSize, tscAtEntry);
        cpu->Reschedule = true;
        FirstEntry.Go(cpu);
    }

    private static void ReadOptions(StartInfo* info)
    {
        // SAFETY: the loader gives a text that ends with a zero; only three words are looked for.
        byte* text = info->CommandLine == 0 ? null : Machine.ToVirtual(info->CommandLine);
        int length = 0;
        while (text != null && text[length] != 0 && length < 4096)
        {
            length++;
        }

        ReadOnlySpan<byte> options = new(text, length);
        if (options.IndexOf("debugcon"u8) >= 0)
        {
            Machine.UseDebugConsole();
        }

        if (options.IndexOf("debugexit"u8) >= 0)
        {
            Emergency.UseExitPort(0xf4);
        }

        if (options.IndexOf("test-panic"u8) >= 0)
        {
            Machine.Panic("asked for on the command line"u8, 42);
        }
    }
}
