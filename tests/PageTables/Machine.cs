using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text;
using Tierce.PageTables;

namespace Tierce.Kernel.Arch;

/// <summary>A panic of the kernel under test.</summary>
public sealed class KernelPanicException(string message) : Exception(message);

/// <summary>The machine as the cache sees it: plain memory, and orders to the TLB, which a simulated TLB receives.</summary>
public static unsafe class Machine
{
    public const ulong MemorySize = 64UL << 20;

    private static readonly byte* Memory = (byte*)NativeMemory.AlignedAlloc((nuint)MemorySize, 2 << 20);

    /// <summary>The processor that is given orders; null: none listens.</summary>
    public static Processor? Processor { get; set; }

    /// <summary>What guests' two roots share is global.</summary>
    public static bool KeepsGlobals { get; set; }

    public static PerCpu* ThisCpu { get; } = (PerCpu*)NativeMemory.AllocZeroed((nuint)sizeof(PerCpu));

    /// <summary>Physical address of the top-level table that the processor uses: the kernel's own code runs on it.</summary>
    public static ulong LoadedRoot { get; set; }

    /// <summary>Asked between two pieces of long work: whether an interrupt has woken a thread.</summary>
    public static Func<bool>? Interrupt { get; set; }

    public static bool HasToSwitch => Interrupt?.Invoke() ?? false;

    /// <summary>How often interrupts were taken.</summary>
    public static int Windows { get; private set; }

    public static ulong* KernelTable => (ulong*)ToVirtual(0x1000);

    /// <summary>Whether the kernel's own slots still stand in the root that the processor uses.</summary>
    public static bool LoadedRootHoldsTheKernel()
    {
        for (int slot = 264; slot < 272 && LoadedRoot != 0; slot++)
        {
            if (((ulong*)ToVirtual(LoadedRoot))[slot] != KernelTable[slot])
            {
                return false;
            }
        }

        return true;
    }

    public static void Reset()
    {
        Processor = null;
        KeepsGlobals = false;
        *ThisCpu = default;
        Interrupt = null;
        Windows = 0;
        LoadedRoot = 0;
        NativeMemory.Clear(Memory, (nuint)MemorySize);
        for (int slot = 264; slot < 272; slot++)
        {
            KernelTable[slot] = ((ulong)(0x7_0000 + slot) << 12) | 0x23;
        }
    }

    public static byte* ToVirtual(ulong physical) =>
        physical < MemorySize ? Memory + physical : throw new KernelPanicException("physical address out of range: " + physical);

    public static ulong ToPhysical(void* address) => (ulong)((byte*)address - Memory);

    public static void InvalidatePage(ulong address) => Processor?.Forget(address);

    public static void TakeInterrupts() => Windows++;

    public static void FlushTlb()
    {
        if (Processor != null)
        {
            RootRegister.Reload();
        }
    }

    public static void ZeroPage(void* page)
    {
        if (LoadedRoot != 0 && ToPhysical(page) == LoadedRoot)
        {
            throw new KernelPanicException("the loaded root was zeroed");
        }

        new Span<byte>(page, 4096).Clear();
    }

    [DoesNotReturn]
    public static void Panic(ReadOnlySpan<byte> reason, ulong detail) =>
        throw new KernelPanicException(Encoding.ASCII.GetString(reason) + " " + detail.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
