using System.Threading;

namespace Tierce.Guests;

/// <summary>Xen's console ring (public header <c>io/console.h</c>), which both interfaces use. Each guest has its own <c>Bell</c>.</summary>
internal readonly unsafe struct ConsoleRing
{
    private const int Output = 1024;
    private const uint OutputSize = 2048;
    private const int OutputConsumer = 3080;
    private const int OutputProducer = 3084;

    private readonly byte* _ring;

    /// <summary>Over a mapped ring page.</summary>
    public ConsoleRing(byte* ring) => _ring = ring;

    /// <summary>Writes a text that fits the ring; what does not is dropped.</summary>
    public void Write(ReadOnlySpan<byte> text)
    {
        // SAFETY: the monitor places the ring in the guest's memory and maps it at start.
        uint producer = *(uint*)(_ring + OutputProducer);
        uint consumer = Volatile.Read(ref *(uint*)(_ring + OutputConsumer));
        for (int i = 0; i < text.Length && producer - consumer < OutputSize; i++, producer++)
        {
            _ring[Output + (producer & (OutputSize - 1))] = text[i];
        }

        Volatile.Write(ref *(uint*)(_ring + OutputProducer), producer);
        Bell.Ring();
    }

    /// <summary>Writes a number below 10 and a line end.</summary>
    public void Digit(uint digit)
    {
        byte* text = stackalloc byte[2];
        text[0] = (byte)('0' + digit);
        text[1] = (byte)'\n';
        Write(new ReadOnlySpan<byte>(text, 2));
    }
}
