using System.Runtime;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tierce.Guests.Small;

/// <summary>A process: page tables for user mode, and the registers that its system calls keep. Offsets: entry.S repeats them.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal unsafe struct Process
{
    /// <summary>System call of a process that tells its count, in RDI. Any other ends it.</summary>
    public const ulong TellCall = 1;

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
        ulong first = Tables() + (number * (ProcessTables.Levels + 1) * ProcessTables.PageSize);
        ProcessTables.Fill(first, UserCode());
        for (int i = 0; i < ProcessTables.Levels; i++)
        {
            ulong table = first + ((ulong)i * ProcessTables.PageSize);
            Xen.Protect(table, ProcessTables.Machine(table));
        }

        process->Rip = ProcessTables.CodeAddress;
        process->Rsp = 0;
        process->Rdi = 0;
        process->Rbx = 0;
        process->Ended = false;
        process->Root = ProcessTables.Machine(first) / ProcessTables.PageSize;
        return Xen.PinRoot(process->Root) == 0;
    }

    /// <summary>Runs it until its next system call, whose number is returned.</summary>
    public ulong Run()
    {
        Xen.LoadUserRoot(Root);
        return Run((Process*)Unsafe.AsPointer(ref this));
    }

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
