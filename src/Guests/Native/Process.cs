using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Abi;

namespace Tierce.Guests.Native;

/// <summary>A process: page tables for user mode, and its registers while another runs.</summary>
internal unsafe struct Process
{
    /// <summary>System call of a process that tells its count, in RDI. Any other ends it.</summary>
    public const ulong TellCall = 1;

    // Selectors of ring 3 (docs/reference/native-abi.md), and RFLAGS with interrupts on.
    private const ulong Code = 0xe033, Data = 0xe02b, Flags = 0x202;

    /// <summary>Its registers.</summary>
    public RegisterFrame Registers;

    /// <summary>Frame of its top-level table.</summary>
    public ulong Root;

    /// <summary>It has made its last system call.</summary>
    public bool Ended;

    /// <summary>Makes a process, whose tables lie in the image.</summary>
    public static void Create(Process* process, uint number)
    {
        ulong first = Tables() + (number * (ProcessTables.Levels + 1) * ProcessTables.PageSize);
        ProcessTables.Fill(first, UserCode());
        process->Registers = default;
        process->Registers.Rip = ProcessTables.CodeAddress;
        process->Registers.Cs = Code;
        process->Registers.Ss = Data;
        process->Registers.Rflags = Flags;
        process->Root = ProcessTables.Machine(first) / ProcessTables.PageSize;
        process->Ended = false;
    }

    /// <summary>Runs it until it stops; false if its tables are refused.</summary>
    public bool Run(out RunEnd end)
    {
        end = default;
        if (Rom.Call(NativeCall.LoadRoots, Rom.Page->RootFrame, Root) != 0)
        {
            return false;
        }

        Copy(ref Rom.Page->User, ref Registers);
        end = (RunEnd)Rom.Call(NativeCall.Run);
        Copy(ref Registers, ref Rom.Page->User);
        return true;
    }

    /// <summary>Word by word: no SIMD register.</summary>
    private static void Copy(ref RegisterFrame to, ref RegisterFrame from)
    {
        for (int i = 0; i < sizeof(RegisterFrame) / sizeof(ulong); i++)
        {
            Unsafe.Add(ref Unsafe.As<RegisterFrame, ulong>(ref to), i) = Unsafe.Add(ref Unsafe.As<RegisterFrame, ulong>(ref from), i);
        }
    }

    [RuntimeImport("*", "native_tables")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong Tables();

    [RuntimeImport("*", "native_user_code")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong UserCode();
}
