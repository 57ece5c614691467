using Tierce.Abi;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Arch.Instructions;
using Tierce.Kernel.Processors;
using Tierce.Kernel.UserState;

namespace Tierce.Kernel.Arch;

/// <summary>
/// GDT, IDT and TSS of a processor. The kernel's descriptors are at Xen's places, in the fifteenth page of the table, so that a Xen guest
/// finds the selectors that its interface promises. The guest's entries lie below (<see cref="DescriptorTables"/>), and in the LDT.
/// </summary>
/// <remarks>Selector values: Xen public header <c>arch-x86/xen-x86_64.h</c>, FLAT_RING3_*.</remarks>
[AssemblyNames("SELECTOR")]
internal static unsafe class Descriptors
{
    // SAFETY: tables of the processor: they lie in the image, linked with the sizes that the offsets here go up to (data.S).

    /// <summary>Kernel code; SYSCALL loads SS from the next entry.</summary>
    public const ushort KernelCode = 0xe008;

    /// <summary>Kernel data.</summary>
    public const ushort KernelData = 0xe010;

    /// <summary>Flat 32-bit user code (FLAT_RING3_CS32). SYSRET loads SS 8 and CS 16 above it.</summary>
    public const ushort UserCode32 = 0xe023;

    /// <summary>Flat user data (FLAT_RING3_DS).</summary>
    public const ushort UserData = 0xe02b;

    /// <summary>Flat 64-bit user code (FLAT_RING3_CS64).</summary>
    public const ushort UserCode = 0xe033;

    private const ushort TaskState = 0xe040, LocalTable = 0xe050;
    private const int GdtLimit = 0xe060 - 1;
    private const ulong PresentTaskState = 0x89, PresentLocalTable = 0x82;
    private const ulong Code64 = 0x00af_9b00_0000_ffff;
    private const ulong Data = 0x00cf_9300_0000_ffff;
    private const ulong UserCode32Descriptor = 0x00cf_fb00_0000_ffff;
    private const ulong UserCode64Descriptor = 0x00af_fb00_0000_ffff;
    private const ulong UserDataDescriptor = 0x00cf_f300_0000_ffff;
    private const int DoubleFaultStack = 1, NmiStack = 2, MachineCheckStack = 3, DebugStack = 4;
    private const int IstStackSize = 8192;
    private const int TssSize = 104;

    /// <summary>Bytes from the TSS's start to its I/O bitmap.</summary>
    public const ushort PortBitmapOffset = 0x80;

    /// <summary>Offset for a TSS without bitmap: beyond the TSS's limit.</summary>
    public const ushort NoPortBitmap = 0xffff;

    private const int PortBitmapSize = 8192;

    /// <summary>Offset in the TSS of the field with the bitmap's offset (Intel SDM vol. 3, figure 8-11).</summary>
    private const int PortBitmapPlace = 102;

    /// <summary>Builds and loads all three tables.</summary>
    public static void Initialise()
    {
        BuildGdt();
        BuildTaskState();
        BuildIdt();

        byte* pointer = stackalloc byte[16];
        LoadPointer(pointer, GdtLimit, ImageSymbols.Gdt());
        Cpu.LoadGdt(pointer);
        Cpu.ReloadSegments(KernelCode, KernelData);
        Cpu.LoadTaskRegister(TaskState);
        Cpu.LoadLocalTable(LocalTable);
        LoadPointer(pointer, (256 * 16) - 1, ImageSymbols.Idt());
        Cpu.LoadIdt(pointer);
    }

    /// <summary>
    /// Records where the processor reads two things that a context switch changes: the place for the frame of an entry from ring 3 (with
    /// isolation it never changes), and whether ports may be used.
    /// </summary>
    public static void ConnectFrameTop(PerCpu* cpu)
    {
        ulong* place = (ulong*)(ImageSymbols.Tss() + 4);
        *place = Isolation.StackTop;
        cpu->PortMapBase = (ushort*)(ImageSymbols.Tss() + PortBitmapPlace);
        cpu->FrameTopCopy = Isolation.Enabled ? &cpu->FrameTop : place;
    }

    /// <summary>Allows or forbids ports in the bitmap.</summary>
    public static void SetPorts(ushort first, uint count, bool allowed)
    {
        byte* bitmap = ImageSymbols.Tss() + PortBitmapOffset;
        uint port = first;
        uint end = first + count;
        for (; (port & 7) == 0 && port + 8 <= end; port += 8)
        {
            bitmap[port >> 3] = (byte)(allowed ? 0 : 0xff);
        }

        for (; port < end; port++)
        {
            byte bit = (byte)(1 << (int)(port & 7));
            bitmap[port >> 3] = (byte)(allowed ? bitmap[port >> 3] & ~bit : bitmap[port >> 3] | bit);
        }
    }

    private static void LoadPointer(byte* pointer, int limit, byte* table)
    {
        *(ushort*)pointer = (ushort)limit;
        *(ulong*)(pointer + 2) = (ulong)table;
    }

    private static void SetDescriptor(int selector, ulong value) => *(ulong*)(ImageSymbols.Gdt() + (selector & ~7)) = value;

    private static void SetSystemDescriptor(int selector, ulong kind, byte* start, ulong limit)
    {
        ulong address = (ulong)start;
        SetDescriptor(selector, limit | ((address & 0xff_ffff) << 16) | (kind << 40) | (((address >> 24) & 0xff) << 56));
        SetDescriptor(selector + 8, address >> 32);
    }

    private static void BuildGdt()
    {
        SetDescriptor(KernelCode, Code64);
        SetDescriptor(KernelData, Data);
        SetDescriptor(UserCode32, UserCode32Descriptor);
        SetDescriptor(UserData, UserDataDescriptor);
        SetDescriptor(UserCode, UserCode64Descriptor);
        SetSystemDescriptor(TaskState, PresentTaskState, ImageSymbols.Tss(), PortBitmapOffset + PortBitmapSize);

        // The LDT has its full size at all times; entries that are not in use are 0.
        SetSystemDescriptor(LocalTable, PresentLocalTable, ImageSymbols.Ldt(), (VCpuPage.MostLdtEntries * sizeof(ulong)) - 1);
    }

    private static void BuildTaskState()
    {
        byte* tss = ImageSymbols.Tss();
        for (int stack = DoubleFaultStack; stack <= DebugStack; stack++)
        {
            *(ulong*)(tss + 28 + (8 * stack)) = (ulong)(ImageSymbols.IstStacks() + (stack * IstStackSize));
        }

        *(ushort*)(tss + PortBitmapPlace) = NoPortBitmap;
        for (int i = 0; i <= PortBitmapSize; i++)
        {
            tss[PortBitmapOffset + i] = 0xff;
        }
    }

    private static void BuildIdt()
    {
        const ulong InterruptGate = 0x8e00, UserInterruptGate = 0xee00;
        for (int vector = 0; vector < 256; vector++)
        {
            ulong address = (ulong)(ImageSymbols.TrapStubs() + (16 * vector));
            ulong kind = vector is Vector.Breakpoint or Vector.Overflow or Vector.LinuxSystemCall ? UserInterruptGate : InterruptGate;
            ulong stack = vector switch
            {
                Vector.Debug => DebugStack,
                Vector.Nmi => NmiStack,
                Vector.DoubleFault => DoubleFaultStack,
                Vector.MachineCheck => MachineCheckStack,
                _ => 0,
            };
            ulong* gate = (ulong*)(ImageSymbols.Idt() + (16 * vector));
            gate[0] = (address & 0xffff) | ((ulong)KernelCode << 16) | (stack << 32) | (kind << 32) | ((address >> 16) << 48);
            gate[1] = address >> 32;
        }
    }
}
