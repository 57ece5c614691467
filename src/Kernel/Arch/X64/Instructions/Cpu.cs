using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Kernel.Scheduling;

namespace Tierce.Kernel.Arch.Instructions;

/// <summary>Instructions that C# cannot express; each is a few lines in <c>instructions.S</c>.</summary>
internal static unsafe class Cpu
{
    /// <summary>IA32_KERNEL_GS_BASE: the GS base that SWAPGS loads (Intel SDM vol. 4, 2.1).</summary>
    public const uint OtherGsBaseMsr = 0xc000_0102;

    [RuntimeImport("*", "cpu_idle")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Idle();

    [RuntimeImport("*", "cpu_take_interrupts")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void TakeInterrupts();

    [RuntimeImport("*", "cpu_halt_forever")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void HaltForever();

    [RuntimeImport("*", "cpu_lgdt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadGdt(void* pointer);

    [RuntimeImport("*", "cpu_lidt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadIdt(void* pointer);

    [RuntimeImport("*", "cpu_ltr")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadTaskRegister(ulong selector);

    [RuntimeImport("*", "cpu_lldt")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadLocalTable(ulong selector);

    /// <summary>Loads DR0 to DR3, then DR7.</summary>
    [RuntimeImport("*", "cpu_load_debug")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadDebugRegisters(ulong* addresses, ulong control);

    /// <summary>Loads DR7.</summary>
    [RuntimeImport("*", "cpu_write_dr7")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteDebugControl(ulong control);

    /// <summary>Reads DR6 and resets it.</summary>
    [RuntimeImport("*", "cpu_take_dr6")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong TakeDebugStatus();

    [RuntimeImport("*", "cpu_reload_segments")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void ReloadSegments(ulong code, ulong data);

    [RuntimeImport("*", "cpu_load_root")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadRoot(ulong physical);

    [RuntimeImport("*", "cpu_read_root")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadRoot();

    [RuntimeImport("*", "cpu_invlpg")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void InvalidatePage(ulong address);

    [RuntimeImport("*", "cpu_rdtsc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadTsc();

    [RuntimeImport("*", "cpu_rdmsr")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadMsr(uint register);

    [RuntimeImport("*", "cpu_wrmsr")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteMsr(uint register, ulong value);

    /// <summary>CPUID; the result is EAX, EBX, ECX, EDX.</summary>
    [RuntimeImport("*", "cpu_cpuid")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Identify(uint leaf, uint subleaf, uint* result);

    [RuntimeImport("*", "cpu_read_cr4")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadCr4();

    [RuntimeImport("*", "cpu_write_cr4")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteCr4(ulong value);

    [RuntimeImport("*", "cpu_in8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern byte In8(ushort port);

    [RuntimeImport("*", "cpu_in32")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern uint In32(ushort port);

    [RuntimeImport("*", "cpu_out8")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Out8(ushort port, byte value);

    /// <summary>Loads the other of a virtual CPU's roots, exchanges the GS bases, and sets the target of SYSCALL.</summary>
    [RuntimeImport("*", "cpu_switch_ring")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void SwitchRing(ulong root, ulong syscallTarget);

    [RuntimeImport("*", "cpu_write_fs_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteFsBase(ulong value);

    [RuntimeImport("*", "cpu_write_gs_base")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteGsBase(ulong value);

    /// <summary>DS, ES, FS and GS selectors, 16 bits each, DS lowest.</summary>
    [RuntimeImport("*", "cpu_read_selectors")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong ReadSelectors();

    [RuntimeImport("*", "cpu_write_selectors")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteSelectors(ulong selectors);

    /// <summary><see cref="SaveState"/> of one thread, then the selectors and <see cref="LoadState"/> of another.</summary>
    /// <returns>The other thread.</returns>
    [RuntimeImport("*", "cpu_exchange_state")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern Thread* ExchangeState(Thread* from, Thread* to);

    /// <summary><see cref="ExchangeState"/>, and loads the root of the other's domain.</summary>
    /// <returns>The other thread.</returns>
    [RuntimeImport("*", "cpu_exchange_domain")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern Thread* ExchangeDomain(Thread* from, Thread* to, ulong root);

    /// <summary><see cref="ExchangeDomain"/>, from a virtual CPU.</summary>
    /// <returns>The other thread.</returns>
    [RuntimeImport("*", "cpu_leave_guest")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern Thread* LeaveGuest(Thread* from, Thread* to, ulong root);

    /// <summary>
    /// <see cref="ExchangeDomain"/>, to a virtual CPU in its guest's user mode; loads the root of the guest's kernel and its GS base.
    /// </summary>
    /// <returns>The other thread.</returns>
    [RuntimeImport("*", "cpu_exchange_ring")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern Thread* ExchangeRing(Thread* from, Thread* to, ulong root);

    /// <summary>Stores FS and GS base, the data selectors and the FPU's state into a thread.</summary>
    [RuntimeImport("*", "cpu_save_state")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void SaveState(Thread* thread);

    /// <summary>
    /// Loads FS and GS base and the FPU's state of a thread. <see cref="WriteSelectors"/> has to come before, since it may change a base.
    /// </summary>
    [RuntimeImport("*", "cpu_load_state")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void LoadState(Thread* thread);

    [RuntimeImport("*", "cpu_xsetbv")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void WriteXcr0(ulong value);

    /// <summary>Zeroes memory; <paramref name="bytes"/> is a multiple of 8.</summary>
    [RuntimeImport("*", "cpu_zero")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Zero(void* to, ulong bytes);
}
