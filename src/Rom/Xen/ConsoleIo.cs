namespace Tierce.Rom.Xen;

/// <summary>Hypercall 18: the emergency console. Text goes to the kernel's log, 48 characters a kernel call; nothing can be read.</summary>
internal static unsafe class ConsoleIo
{
    private const ulong Write = 0;
    private const ulong Read = 1;
    private const ulong MostBytes = 4096;

    internal static long Run(ulong operation, ulong count, ulong buffer)
    {
        if (operation == Read)
        {
            return 0;
        }

        if (operation != Write || count > MostBytes)
        {
            return Errno.Invalid;
        }

        if (count == 0)
        {
            return 0;
        }

        byte* text = Guest.Read(buffer, count);
        if (text == null)
        {
            return Errno.Fault;
        }

        Log.Write(new ReadOnlySpan<byte>(text, (int)count));
        return 0;
    }
}
