using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tierce.Guests.Small;

/// <summary>A process: page tables for user mode, and the registers that its system calls keep. Offsets: entry.S repeats them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct Process
{
    /// <summary>Where frame 0 of this guest's memory is mapped (small.ld).</summary>
    public const ulong VirtualBase = 0xffff_ffff_8000_0000;

    /// <summary>System call of a process that tells its count, in RDI. Any other ends it.</summary>
    public const ulong TellCall = 1;

    /// <summary>Where code and data are in every process; the data's address is in entry.S too.</summary>
    private const ulong CodeAddress = 0x40_0000;
    private const ulong DataAddress = 0x40_1000;

    private const ulong PageSize = 4096;
    private const ulong TableBits = 0x67;
    private const ulong CodeBits = 0x25;
    private const int Levels = 4;

    /// <summary>Next instruction.</summary>
    [FieldOffset(0)] public ulong Rip;

    /// <summary>Stack pointer.</summary>
    [FieldOffset(8)] public ulong Rsp;

    /// <summary>Register, the argument of system calls.</summary>
    [FieldOffset(16)] public ulong Rdi;

    /// <summary>Register.</summary>
    [FieldOffset(24)] public ulong Rbx;

    /// <summary>Frame of its top-level table.</summary>
    [FieldOffset(32)] public ulong Root;

    /// <summary>It has made its last system call.</summary>
    [FieldOffset(40)] public bool Ended;

    /// <summary>Makes a process; false if its tables are refused.</summary>
    /// <param name="process">Where.</param>
    /// <param name="number">Which, from 0: its tables lie in the image.</param>
    public static bool Create(Process* process, uint number)
    {
        // SAFETY: entry.S holds five zeroed pages for each of two processes: tables of levels 4 to 1, then data.
        ulong first = Tables() + (number * (Levels + 1) * PageSize);
        for (int level = Levels; level > 1; level--)
        {
            ulong table = first + ((ulong)(Levels - level) * PageSize);
            Entry(table, CodeAddress, level) = Machine(table + PageSize) | TableBits;
        }

        ulong last = first + ((Levels - 1) * PageSize);
        Entry(last, CodeAddress, 1) = Machine(UserCode()) | CodeBits;
        Entry(last, DataAddress, 1) = Machine(last + PageSize) | TableBits;
        for (int i = 0; i < Levels; i++)
        {
            ulong table = first + ((ulong)i * PageSize);
            Xen.Protect(table, Machine(table));
        }

        process->Rip = CodeAddress;
        process->Rsp = 0;
        process->Rdi = 0;
        process->Rbx = 0;
        process->Ended = false;
        process->Root = Machine(first) / PageSize;
        return Xen.PinRoot(process->Root) == 0;
    }

    /// <summary>Runs it until its next system call, whose number is returned.</summary>
    public ulong Run()
    {
        Xen.LoadUserRoot(Root);
        return Run((Process*)Unsafe.AsPointer(ref this));
    }

    /// <summary>Machine address of a page of this kernel's image: frames are numbered as they are mapped.</summary>
    private static ulong Machine(ulong address) => address - VirtualBase;

    private static ref ulong Entry(ulong table, ulong address, int level) =>
        ref ((ulong*)table)[(address >> (12 + (9 * (level - 1)))) & 511];

    [RuntimeImport("*", "small_run")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Run(Process* process);

    [RuntimeImport("*", "small_tables")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Tables();

    [RuntimeImport("*", "small_user_code")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong UserCode();
}
