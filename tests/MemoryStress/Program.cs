using System.Runtime;
using Tierce.Guest;

namespace Tierce.Tests.MemoryStress;

/// <summary>
/// <c>memory-stress SEED SECONDS</c>: maps, writes, protects, moves and gives back memory and forks, at random, and checks every page.
/// Prints <c>steps N</c> and ends with 0, or says what was wrong in which step and ends with 1. A seed replays its sequence of steps.
/// </summary>
internal static unsafe class Program
{
    private const int Wrong = 1, Usage = 2;

    /// <summary>Called by linux.S alone.</summary>
    [RuntimeExport("guest_main")]
    public static int Main(ulong* stack, ulong clock)
    {
        byte** arguments = (byte**)(stack + 1);
        World world = default;
        if (stack[0] < 3 || !world.Start(Number(arguments[1])))
        {
            return Usage;
        }

        long end = MemoryCalls.Time() + (long)Number(arguments[2]);
        ulong steps = 0;
        while (MemoryCalls.Time() < end)
        {
            ReadOnlySpan<byte> wrong = world.Step();
            steps++;
            if (wrong.Length != 0)
            {
                Print("step "u8, steps);
                Write(wrong);
                return Wrong;
            }
        }

        Print("steps "u8, steps);
        return 0;
    }

    /// <summary>A check of the core library failed.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Linux.Exit(100 + reason);

    /// <summary>Prints a line by one write: two of these programs may end at the same time.</summary>
    private static void Print(ReadOnlySpan<byte> text, ulong number)
    {
        const int Size = 32; // a word or two, 20 digits, the end of the line
        Span<byte> line = stackalloc byte[Size];
        int first = Size;
        line[--first] = (byte)'\n';
        do
        {
            line[--first] = (byte)('0' + (int)(number % 10));
            number /= 10;
        }
        while (number != 0);
        first -= text.Length;
        text.CopyTo(line.Slice(first));
        Write(line.Slice(first));
    }

    private static void Write(ReadOnlySpan<byte> text)
    {
        fixed (byte* bytes = text)
        {
            Linux.WriteAll(1, bytes, text.Length);
        }
    }

    private static ulong Number(byte* text)
    {
        ulong value = 0;
        for (int i = 0; text[i] != 0; i++)
        {
            value = (value * 10) + text[i] - '0';
        }

        return value;
    }
}
