using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;

namespace Tierce.Kernel.Arch;

/// <summary>A panic of the kernel under test.</summary>
public sealed class KernelPanicException(string message) : Exception(message);

/// <summary>The machine as the tests see it: plain memory, a clock that is set by hand, and a record of what was done to it.</summary>
public static unsafe class Machine
{
    public const ulong MemorySize = 128UL << 20;

    private static readonly byte* Memory = AllocateMemory();

    public static ulong Tsc { get; set; }

    public static ulong ArmedDeadline { get; private set; }

    public static int TlbFlushes { get; private set; }

    public static int TlbPages { get; private set; }

    public static bool[] Masked { get; } = new bool[24];

    private static bool[] PortMap { get; } = new bool[65536];

    private static bool portsShown;

    /// <summary>Whether the running domain may use a port.</summary>
    public static bool MayUse(ushort port) => portsShown && PortMap[port];

    /// <summary>Interrupts that were ended.</summary>
    public static int Ended { get; private set; }

    public static StringBuilder LogText { get; } = new();

    public static string? Power { get; private set; }

    /// <summary>DR7 as it was loaded last.</summary>
    public static ulong DebugControl { get; private set; }

    public static ulong TscHertz => 1_000_000_000;

    public static ulong AbiIdentity => 0x1234_5678_9abc_def0;

    /// <summary>Physical address of a top-level table with the kernel's slots (page 1).</summary>
    public static ulong KernelRoot => 0x1000;

    /// <summary>Its entries.</summary>
    public static ulong* KernelTable => (ulong*)ToVirtual(KernelRoot);

    public static void Reset()
    {
        Tsc = 1;
        ArmedDeadline = 0;
        TlbFlushes = 0;
        TlbPages = 0;
        Power = null;
        HasToSwitch = false;
        LogText.Clear();
        Array.Fill(Masked, true);
        Array.Fill(PortMap, false);
        portsShown = false;
        ulong* top = (ulong*)ToVirtual(KernelRoot);
        for (int i = 0; i < 512; i++)
        {
            top[i] = (ulong)i << 12 | 3;
        }
    }

    public static byte* ToVirtual(ulong physical) =>
        physical < MemorySize ? Memory + physical : throw new KernelPanicException("physical address out of range: " + physical);

    public static ulong ToPhysical(void* address) => (ulong)((byte*)address - Memory);

    /// <summary>GDT and LDT, in the last pages of memory.</summary>
    public static ulong* DescriptorTable(int table) => (ulong*)ToVirtual(MemorySize - (ulong)((table + 1) * 0x1_0000));

    public static void LoadDebugRegisters(ulong* addresses, ulong control) => DebugControl = control;

    public static void InvalidatePage(ulong address) => TlbPages++;

    public static void FlushTlb() => TlbFlushes++;

    public static int Windows { get; private set; }

    /// <summary>What the kernel finds after it has taken interrupts.</summary>
    public static bool HasToSwitch { get; set; }

    public static void TakeInterrupts() => Windows++;

    public static ulong ReadTsc() => Tsc;

    /// <summary>The reference runs as the time-stamp counter does, and is read without losing time.</summary>
    public static bool TryReadReference(out ulong tsc, out ulong nanoseconds, out ulong width)
    {
        tsc = Tsc;
        nanoseconds = Tsc;
        width = 0;
        return true;
    }

    public static void ArmTimer(ulong deadline) => ArmedDeadline = deadline;

    public static void MaskInterrupt(int line)
    {
        if (line < Masked.Length)
        {
            Masked[line] = true;
        }
    }

    public static void UnmaskInterrupt(int line, bool level)
    {
        if (line < Masked.Length)
        {
            Masked[line] = false;
        }
    }

    public static ulong MessageAddress => 0xfee0_0000;

    public static ulong FirstMessageData => 0x48;

    public static void Copy(void* to, void* from, ulong bytes) => new Span<byte>(from, (int)bytes).CopyTo(new Span<byte>(to, (int)bytes));

    public static void ZeroPage(void* page) => new Span<byte>(page, 4096).Clear();

    public static void LogByte(byte character) => LogText.Append((char)character);

    public static void Halt() => Power = "halt";

    public static void Restart() => Power = "restart";

    public static void SetPorts(ushort first, uint count, bool allowed) => Array.Fill(PortMap, allowed, first, (int)count);

    public static void ShowPorts(PerCpu* cpu, bool shown) => portsShown = shown;

    public static void EndInterrupt() => Ended++;

    [DoesNotReturn]
    public static void Panic(ReadOnlySpan<byte> reason, ulong detail) =>
        throw new KernelPanicException(Encoding.ASCII.GetString(reason) + " " + detail.ToString(System.Globalization.CultureInfo.InvariantCulture));

    private static byte* AllocateMemory() => (byte*)NativeMemory.AlignedAlloc((nuint)MemorySize, 2 << 20);
}
