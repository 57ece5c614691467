using System.Runtime;
using Tierce.Guest;

namespace Tierce.Tests.RecordKeeper;

/// <summary>
/// <c>record-keeper DISK SLOTS</c>: writes numbered records to a disk, in turn to its first pages of 4 KiB, until its input ends. It makes each
/// record stable, reads the one before back, and prints the number, which acknowledges the record. A record that took a millisecond or more
/// is printed with its microseconds. Ends with 0, or says what failed and ends with 1.
/// </summary>
internal static unsafe class Program
{
    private const int Failed = 1, Usage = 2, Size = 4096, Words = Size / sizeof(long);
    private const long LongNanoseconds = 1_000_000;

    /// <summary>Called by linux.S alone.</summary>
    [RuntimeExport("guest_main")]
    public static int Main(ulong* stack, ulong clock)
    {
        byte** arguments = (byte**)(stack + 1);
        long buffer = DiskCalls.Map(2 * Size);
        int disk = stack[0] < 3 ? -1 : DiskCalls.Open(arguments[1]);
        if (disk < 0 || buffer < 0)
        {
            return Usage;
        }

        long slots = Number(arguments[2]);
        Linux.PollEntry input = new() { Events = Linux.PollIn };
        long* record = (long*)buffer;
        for (long number = 1; Linux.Poll(&input, 1, 0) == 0; number++)
        {
            Fill(record, number);
            long start = Linux.Now();
            if (DiskCalls.WriteAt(disk, record, Size, Place(number, slots)) != Size || DiskCalls.Sync(disk) != 0)
            {
                return Fail("writing "u8, number);
            }

            long took = Linux.Now() - start;
            if (number > 1 && !IsThere(disk, record + Words, number - 1, slots))
            {
                return Fail("reading "u8, number - 1);
            }

            Print(default, number, took >= LongNanoseconds ? took / 1000 : 0);
        }

        return 0;
    }

    /// <summary>A check of the core library failed.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Linux.Exit(100 + reason);

    private static int Fail(ReadOnlySpan<byte> what, long number)
    {
        Print(what, number, 0);
        return Failed;
    }

    private static long Place(long number, long slots) => number % slots * Size;

    /// <summary>Each word of a record depends on its number and its place.</summary>
    private static void Fill(long* record, long number)
    {
        for (int i = 0; i < Words; i++)
        {
            record[i] = (number << 16) + i;
        }
    }

    private static bool IsThere(int disk, long* record, long number, long slots)
    {
        if (DiskCalls.ReadAt(disk, record, Size, Place(number, slots)) != Size)
        {
            return false;
        }

        for (int i = 0; i < Words; i++)
        {
            if (record[i] != (number << 16) + i)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Prints a line: the words, the number, and a second number if there is one.</summary>
    private static void Print(ReadOnlySpan<byte> text, long number, long second)
    {
        const int Longest = 64; // a word, two numbers of at most 20 digits, a blank, the end of the line
        byte* line = stackalloc byte[Longest];
        byte* first = line + Longest;
        *--first = (byte)'\n';
        if (second != 0)
        {
            first = Digits(first, second);
            *--first = (byte)' ';
        }

        first = Digits(first, number);
        for (int i = text.Length - 1; i >= 0; i--)
        {
            *--first = text[i];
        }

        Linux.WriteAll(1, first, line + Longest - first);
    }

    private static byte* Digits(byte* end, long number)
    {
        do
        {
            *--end = (byte)('0' + (int)(number % 10));
            number /= 10;
        }
        while (number != 0);
        return end;
    }

    private static long Number(byte* text)
    {
        long value = 0;
        for (; *text != 0; text++)
        {
            value = (value * 10) + (*text - '0');
        }

        return value;
    }
}
