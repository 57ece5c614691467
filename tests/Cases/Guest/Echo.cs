using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Guests.Native;

namespace Tierce.Guests.Cases;

/// <summary>
/// The guest under the shipped kernel, by case III C or bound. First it spins, and takes its console's input silently: so it is measured.
/// The sweep's driver tells it to begin: from then on it sends each byte back from its handler, and half of the time masks and unmasks
/// events in between. What it finds wrong with its registers is a byte that no driver has sent.
/// </summary>
internal static unsafe class Echo
{
    // Layout: Xen's public header io/console.h.
    private const int InputConsumed = 3072, InputProduced = 3076;
    private const uint InputSize = 1024;
    private const byte BeginByte = 0xfc, EndByte = 0xfd, ReportByte = 0xfe, WrongByte = 0xff;

    /// <summary>Rounds with events masked, and without.</summary>
    private const ulong Masked = 12, Unmasked = 40;

    /// <summary>Rounds of the handler after its last test of the console: what comes then must bring it back.</summary>
    private const ulong Rest = 300;

    private static ulong s_never;
    private static byte s_together;
    private static byte s_begun;
    private static bool s_ends;
    private static bool s_masks;
    private static ulong s_changed;

    /// <summary>Spins until the driver's byte to begin, and serves until the byte to end.</summary>
    public static void Run()
    {
        new ConsoleRing(Ring).Write("case spins\n"u8);
        Program.Spin((byte*)Unsafe.AsPointer(ref s_begun));
        while (!Volatile.Read(ref s_ends))
        {
            if (Volatile.Read(ref s_masks))
            {
                Rom.Page->Mask = 1;
                s_changed += Program.Window((ulong*)Unsafe.AsPointer(ref s_never), 1, Masked);
                Rom.Call(NativeCall.Unmask);
            }

            s_changed += Program.Window((ulong*)Unsafe.AsPointer(ref s_never), 1, Unmasked);
        }

        Rom.Call(NativeCall.End, (ulong)GuestEnd.Poweroff);
    }

    /// <summary>The handler's part.</summary>
    public static void Take()
    {
        byte* ring = Ring;
        uint taken = 0;
        while (*(uint*)(ring + InputConsumed) != Volatile.Read(ref *(uint*)(ring + InputProduced)))
        {
            uint consumed = *(uint*)(ring + InputConsumed);
            byte value = ring[consumed & (InputSize - 1)];
            Volatile.Write(ref *(uint*)(ring + InputConsumed), consumed + 1);
            if (s_begun == 0)
            {
                s_begun = (byte)(value == BeginByte ? 1 : 0);
                continue;
            }

            taken++;
            s_together += (byte)(taken == 2 && s_together < byte.MaxValue ? 1 : 0);
            s_ends |= value == EndByte;

            // In every second of the driver's steps nothing but an entry brings an event: Unmask would find one that lies there.
            s_masks = (value & 2) != 0;
            Send(value == ReportByte ? s_together : s_changed != 0 ? WrongByte : value);
        }

        if (s_begun != 0)
        {
            s_changed += Program.Window((ulong*)Unsafe.AsPointer(ref s_never), 1, Rest);
        }
    }

    private static byte* Ring => Rom.Frame(Rom.Page->ConsoleFrame);

    private static void Send(byte value) => new ConsoleRing(Ring).Write(new ReadOnlySpan<byte>(in value));
}
