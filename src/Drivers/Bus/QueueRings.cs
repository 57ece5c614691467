using System.Runtime.InteropServices;
using Tierce.Runtime.Devices;

namespace Tierce.Drivers.Bus;

/// <summary>The rings of a queue when its device has just been reset, and is about to count from 0.</summary>
public static class QueueRings
{
    private const int Page = 4096;

    /// <summary>
    /// Empties them. What the device has returned is kept for the driver's next life. If it has returned nothing in this life, what was kept
    /// before stays, because the driver may have died before it looked at it.
    /// </summary>
    /// <param name="memory">The second part of the queue's memory.</param>
    public static void Renew(Span<byte> memory)
    {
        Span<byte> used = memory.Slice((int)QueueLayout.Used, Page);
        if (used[(int)QueueLayout.RingIndex] != 0 || used[(int)QueueLayout.RingIndex + 1] != 0)
        {
            ref ushort count = ref MemoryMarshal.Cast<byte, ushort>(memory.Slice((int)QueueLayout.KeptCount, sizeof(ushort)))[0];
            ushort next = (ushort)(count + 1);
            used.CopyTo(memory.Slice((int)QueueLayout.Kept, Page));
            count = next;
        }

        used.Clear();
        memory.Slice((int)QueueLayout.Available, (int)QueueLayout.Journal).Clear();
    }
}
