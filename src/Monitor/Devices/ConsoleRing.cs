using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// Moves bytes from the guest's console ring to the driver's channel. (The guest's ROM takes the bytes for the guest.) Offsets: Xen public
/// header <c>io/console.h</c>, struct xencons_interface.
/// </summary>
public static class ConsoleRing
{
    private const int Output = 1024;
    private const uint OutputSize = 2048;
    private const int OutputConsumed = 3080;
    private const int OutputProduced = 3084;

    /// <summary>Bytes that the guest has written and the monitor has not taken; 0 if its indices are impossible.</summary>
    public static uint Waiting(Span<byte> page)
    {
        uint waiting = Volatile.Read(ref Index(page, OutputProduced)) - Volatile.Read(ref Index(page, OutputConsumed));
        return waiting <= OutputSize ? waiting : 0;
    }

    /// <summary>Drops what the guest has written, when there is no driver to take it. Returns whether there was anything.</summary>
    public static bool Discard(Span<byte> page)
    {
        uint produced = Volatile.Read(ref Index(page, OutputProduced));
        bool any = Waiting(page) != 0;
        Volatile.Write(ref Index(page, OutputConsumed), produced);
        return any;
    }

    /// <summary>Moves bytes from guest to driver, as many as the channel takes. Returns their number.</summary>
    public static int PumpOutput(Span<byte> page, ref ByteRingWriter channel)
    {
        int moved = 0;
        while (true)
        {
            uint consumed = Volatile.Read(ref Index(page, OutputConsumed));
            int place = (int)(consumed & (OutputSize - 1));
            uint count = Waiting(page);
            count = count < OutputSize - place ? count : OutputSize - (uint)place;
            int written = channel.Write(page.Slice(Output + place, (int)count));
            if (written == 0)
            {
                return moved;
            }

            Volatile.Write(ref Index(page, OutputConsumed), consumed + (uint)written);
            moved += written;
        }
    }

    private static ref uint Index(Span<byte> page, int offset) => ref MemoryMarshal.Cast<byte, uint>(page.Slice(offset, 4))[0];
}
