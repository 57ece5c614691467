using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Threading;

namespace Tierce.Monitor;

/// <summary>
/// Xen's shared_info: the monitor writes it before the start, and raises events in it afterwards. Offsets: Xen public headers <c>xen.h</c>
/// and <c>arch-x86/xen.h</c>, struct shared_info, x86-64.
/// </summary>
public static class SharedInfoPage
{
    private const int UpcallPending = 0;
    private const int UpcallMask = 1;
    private const int PendingSelector = 8;
    private const int TimeVersion = 32;
    private const int TimeTsc = TimeVersion + 8;
    private const int TimeSystem = TimeVersion + 16;
    private const int TimeMultiplier = TimeVersion + 24;
    private const int TimeShift = TimeVersion + 28;
    private const int TimeFlags = TimeVersion + 29;
    private const int EventPending = 2048;
    private const int EventMask = 2560;
    private const int WallVersion = 3072;
    private const int WallSeconds = 3076;
    private const int WallNanoseconds = 3080;
    private const int WallSecondsHigh = 3084;

    /// <summary>Event words of the page: 64 of 64 ports.</summary>
    private const int EventWords = 64;

    /// <summary>Flag of vcpu_time_info: the counter runs at one rate on all CPUs.</summary>
    private const byte TscStable = 1;

    /// <summary>All events masked, the clock set: system time is 0 at <paramref name="tscAtZero"/>, the wall clock then <paramref name="wallNanoseconds"/> since 1970.</summary>
    public static void Write(Span<byte> page, in ClockScale scale, ulong tscAtZero, ulong wallNanoseconds)
    {
        page.Clear();
        page[UpcallMask] = 1;
        page.Slice(EventMask, EventWords * 8).Fill(0xff);

        // An even version means that the fields are consistent; 0 would mean that they were never written.
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(TimeVersion), 2);
        BinaryPrimitives.WriteUInt64LittleEndian(page.Slice(TimeTsc), tscAtZero);
        BinaryPrimitives.WriteUInt64LittleEndian(page.Slice(TimeSystem), 0);
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(TimeMultiplier), scale.Multiplier);
        page[TimeShift] = (byte)(sbyte)scale.Shift;
        page[TimeFlags] = TscStable;

        ulong seconds = wallNanoseconds / 1_000_000_000;
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(WallVersion), 2);
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(WallSeconds), (uint)seconds);
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(WallNanoseconds), (uint)(wallNanoseconds % 1_000_000_000));
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(WallSecondsHigh), (uint)(seconds >> 32));
    }

    /// <summary>
    /// Raises an event: sets the pending bit and, if it is not masked, the selector and the upcall flag of the first virtual CPU. Atomic
    /// towards the guest. If the guest has moved its vcpu_info, the ROM does the second half itself.
    /// </summary>
    public static void Raise(Span<byte> page, int port)
    {
        int word = port >> 6;
        ulong bit = 1UL << (port & 63);
        Interlocked.Or(ref Word(page, EventPending + (word * 8)), bit);
        if ((Volatile.Read(ref Word(page, EventMask + (word * 8))) & bit) == 0)
        {
            Interlocked.Or(ref Word(page, PendingSelector), 1UL << word);
            Volatile.Write(ref page[UpcallPending], 1);
        }
    }

    /// <summary>Whether the guest has not taken an event yet.</summary>
    public static bool IsPending(Span<byte> page, int port) => Bit(page, EventPending, port);

    /// <summary>Whether the guest has masked an event.</summary>
    public static bool IsMasked(Span<byte> page, int port) => Bit(page, EventMask, port);

    private static bool Bit(Span<byte> page, int offset, int port) =>
        ((Volatile.Read(ref Word(page, offset + ((port >> 6) * 8))) >> (port & 63)) & 1) != 0;

    private static ref ulong Word(Span<byte> page, int offset) => ref MemoryMarshal.Cast<byte, ulong>(page.Slice(offset, 8))[0];
}
