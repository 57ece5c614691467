using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 0: handlers of exceptions and software interrupts. A null list clears all. The kernel uses two vectors for entries that are no
/// exceptions; the handlers of software interrupts with these numbers lie after the other entries. Does not enter the kernel.
/// </summary>
internal static unsafe class SetTrapTable
{
    // SAFETY: an entry that was checked for its size.

    /// <summary>Size of struct trap_info: vector, flags, selector (ignored: guest code is flat), address.</summary>
    private const ulong EntrySize = 16;
    private const int Vectors = 256;

    internal static long Run(ulong list)
    {
        if (list == 0)
        {
            for (int i = 0; i < Vectors; i++)
            {
                Handlers.SetTrap(i, 0);
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

            Handlers.SetTrap(entry[0], address);
            Entry(entry[0])->Flags = entry[1];
        }
    }

    /// <summary>The handler of a vector, where this hypercall sets it.</summary>
    internal static TrapEntry* Entry(int vector) => &Machine.State->Traps + Number(vector);

    /// <summary>Number of that entry.</summary>
    internal static int Number(int vector) => vector switch
    {
        EntryVector.Sysenter => Vectors,
        EntryVector.CompatSyscall => Vectors + 1,
        _ => vector,
    };
}
