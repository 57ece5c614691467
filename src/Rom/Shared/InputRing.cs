using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Abi;

namespace Tierce.Rom;

/// <summary>
/// The last part of the console input's path, from the driver's ring to the guest's ring; a part of each ROM's state. Only the ROM takes
/// bytes, whichever way the event came. Binding the driver to the guest, or removing the binding, therefore neither loses nor duplicates a
/// byte.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct InputRing
{
    // SAFETY: two pages that both sides map; offsets are fixed, indices of the other side are read once and masked.

    // The guest's ring: Xen public header io/console.h, struct xencons_interface.
    internal const uint GuestSize = 1024;
    private const int GuestConsumed = 3072, GuestProduced = 3076;

    /// <summary>The driver's ring, through the window; null if there is none.</summary>
    internal ByteRingHeader* Driver;

    /// <summary>The guest's, through the window.</summary>
    internal byte* Guest;

    /// <summary>Not 0 while the ROM takes input, and after more input has arrived.</summary>
    internal uint Taking, More;

    /// <summary>Whether the driver waits for room. The guest cannot signal the driver, so the monitor does it.</summary>
    internal readonly bool DriverWaits => Volatile.Read(ref Driver->ProducerWaits) != 0;

    /// <summary>Whether there is nothing to move.</summary>
    internal readonly bool IsEmpty => Driver == null || Volatile.Read(ref Driver->Produced) == Driver->Consumed;

    /// <summary>Whether the guest has taken all that was moved.</summary>
    internal readonly bool IsTaken => *(uint*)(Guest + GuestProduced) == Volatile.Read(ref *(uint*)(Guest + GuestConsumed));

    /// <summary>
    /// Whether the caller may move bytes; <see cref="GoesOn"/> ends that. If VMINT interrupts VMUSR while VMUSR moves bytes, it leaves the
    /// work to VMUSR, which tests again.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool Begin()
    {
        if (Driver == null)
        {
            return false;
        }

        if (Volatile.Read(ref Taking) != 0)
        {
            Volatile.Write(ref More, 1);
            return false;
        }

        Volatile.Write(ref More, 0);
        Volatile.Write(ref Taking, 1);
        return true;
    }

    /// <summary>Whether an event arrived during the work. The work then begins again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool GoesOn()
    {
        Volatile.Write(ref Taking, 0);
        return Volatile.Read(ref More) != 0 && Begin();
    }

    /// <summary>
    /// Moves a byte if it is the only one and there is room for it, which is the case when a user types. Returns false otherwise.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool MoveOne()
    {
        ByteRingHeader* driver = Driver;
        byte* guest = Guest;
        uint consumed = driver->Consumed;
        uint produced = *(uint*)(guest + GuestProduced);
        if (Volatile.Read(ref driver->Produced) - consumed != 1 || produced - Volatile.Read(ref *(uint*)(guest + GuestConsumed)) >= GuestSize)
        {
            return false;
        }

        guest[produced & (GuestSize - 1)] = ((byte*)driver + ConsoleInput.Data)[consumed & (ConsoleInput.Size - 1)];
        Volatile.Write(ref *(uint*)(guest + GuestProduced), produced + 1);
        Volatile.Write(ref driver->Consumed, consumed + 1);
        return true;
    }

    /// <summary>Moves all bytes that fit. Returns whether it moved any; the guest then needs an event.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal readonly bool Move()
    {
        byte* data = (byte*)Driver + ConsoleInput.Data;
        uint consumed = Driver->Consumed;
        uint count = Volatile.Read(ref Driver->Produced) - consumed;
        if (count > ConsoleInput.Size)
        {
            // The guest has overwritten an index. The bytes are then undefined.
            Volatile.Write(ref Driver->Consumed, consumed + count);
            return false;
        }

        uint produced = *(uint*)(Guest + GuestProduced);
        uint used = produced - Volatile.Read(ref *(uint*)(Guest + GuestConsumed));
        if (count == 0 || used >= GuestSize)
        {
            return false;
        }

        uint room = GuestSize - used;
        count = count < room ? count : room;
        for (uint i = 0; i < count; i++)
        {
            Guest[(produced + i) & (GuestSize - 1)] = data[(consumed + i) & (ConsoleInput.Size - 1)];
        }

        Volatile.Write(ref *(uint*)(Guest + GuestProduced), produced + count);
        Volatile.Write(ref Driver->Consumed, consumed + count);
        return true;
    }
}
