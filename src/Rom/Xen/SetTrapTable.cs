using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>Hypercall 0: handlers of exceptions and software interrupts. A null list clears all. Enters the kernel: no.</summary>
internal static unsafe class SetTrapTable
{
    /// <summary>Size of struct trap_info: vector, flags, selector (ignored: guest code is flat), address.</summary>
    private const ulong EntrySize = 16;
    private const int Vectors = 256;

    internal static long Run(ulong list)
    {
        TrapEntry* table = &Machine.State->Traps;
        if (list == 0)
        {
            for (int i = 0; i < Vectors; i++)
            {
                table[i].Address = IsEntry(i) ? table[i].Address : 0;
            }

            return 0;
        }

        for (; ; list += EntrySize)
        {
            byte* entry = Guest.Read(list, EntrySize);
            if (entry == null)
            {
                return Errno.Fault;
            }

            ulong address = *(ulong*)(entry + 8);
            if (address == 0)
            {
                return 0;
            }

            if (!Guest.IsCanonical(address))
            {
                return Errno.Invalid;
            }

            if (IsEntry(entry[0]))
            {
                continue;
            }

            TrapEntry* target = table + entry[0];
            target->Address = address;
            target->Flags = entry[1];
        }
    }

    /// <summary>Whether a vector stands for no exception, and is set by callback_op.</summary>
    private static bool IsEntry(int vector) => vector is EntryVector.Sysenter or EntryVector.CompatSyscall;
}
