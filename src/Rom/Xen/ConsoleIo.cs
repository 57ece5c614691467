namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 18: the emergency console. Text goes to the kernel's log, 48 characters in each kernel call. Nothing can be read.
/// </summary>
internal static unsafe class ConsoleIo
{
    private const uint Write = 0;
    private const uint Read = 1;

    /// <summary>Bytes that are probed and written at once.</summary>
    private const uint Piece = 4096;

    internal static long Run(ulong operation, ulong count, ulong buffer)
    {
        uint left = (uint)count;
        switch ((uint)operation)
        {
            case Read:
                return left > int.MaxValue ? Errno.TooMuch : 0; // this console has no input
            case Write:
                break;
            default:
                return Errno.NoCall;
        }

        while (left != 0)
        {
            uint size = left < Piece ? left : Piece;
            byte* text = Guest.Read(buffer, size);
            if (text == null)
            {
                return Errno.Fault;
            }

            Log.Write(new ReadOnlySpan<byte>(text, (int)size));
            buffer += size;
            left -= size;
        }

        return 0;
    }
}
