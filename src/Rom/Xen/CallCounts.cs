using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// How often the guest made each hypercall, those in a multicall too, and how often one entered the kernel beyond a trap that brought
/// it here. What is done at the end of a batch counts for the hypercall that asked last. Patched functions of Linux count as the
/// hypercall that they save it. Of iret only how often it was made: the kernel counts its returns to guest user itself.
/// </summary>
internal static unsafe class CallCounts
{
    /// <summary>Hypercall iret, which assembly counts.</summary>
    internal const int Iret = 23;

    /// <summary>In place of a number: instructions carried out for the guest kernel.</summary>
    internal const uint Emulation = 62;

    /// <summary>In place of a number: all that Xen does not have.</summary>
    private const uint Unknown = 63;

    /// <summary>Characters of one log call, in which a line is whole whoever else writes.</summary>
    private const int LineSize = 48;

    /// <summary>One more of these begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Begin(ulong number)
    {
        RomState* state = Machine.State;
        uint slot = number < Unknown ? (uint)number : Unknown;
        state->Call = slot;
        state->CallsMade[slot]++;
    }

    /// <summary>A kernel call for the current hypercall.</summary>
    internal static long Enter(VmCall number, ulong first = 0, ulong second = 0, ulong third = 0)
    {
        Entered();
        return Machine.Call(number, first, second, third);
    }

    /// <summary>Waits for an event, for the current hypercall.</summary>
    internal static void Block()
    {
        if (Machine.Block())
        {
            Entered();
        }
    }

    /// <summary>The same, while the place holds the value.</summary>
    internal static void BlockWhile(uint* place, uint value)
    {
        if (Machine.BlockWhile(place, value))
        {
            Entered();
        }
    }

    private static void Entered()
    {
        RomState* state = Machine.State;
        state->CallsEntered[state->Call & Unknown]++;
    }

    /// <summary>Writes what was counted to the log: lines "rom: calls", then NUMBER=MADE/ENTERED for each that was made.</summary>
    internal static void Report()
    {
        RomState* state = Machine.State;
        byte* line = stackalloc byte[LineSize];
        int filled = 0;
        for (uint number = 0; number <= Unknown; number++)
        {
            ulong made = state->CallsMade[number];
            ulong entered = state->CallsEntered[number];
            if ((made | entered) == 0)
            {
                continue;
            }

            int needed = Digits(number) + Digits(made) + Digits(entered) + 3;
            if (filled != 0 && filled + needed >= LineSize)
            {
                Send(line, filled);
                filled = 0;
            }

            filled = filled == 0 ? Start(line) : filled;
            filled = Append(line, filled, (byte)' ', number);
            filled = Append(line, filled, (byte)'=', made);
            filled = Append(line, filled, (byte)'/', entered);
        }

        if (filled != 0)
        {
            Send(line, filled);
        }
    }

    private static int Start(byte* line)
    {
        System.ReadOnlySpan<byte> text = "rom: calls"u8;
        for (int i = 0; i < text.Length; i++)
        {
            line[i] = text[i];
        }

        return text.Length;
    }

    private static void Send(byte* line, int filled)
    {
        line[filled] = (byte)'\n';
        Log.Write(new System.ReadOnlySpan<byte>(line, filled + 1));
    }

    private static int Append(byte* line, int at, byte sign, ulong number)
    {
        int digits = Digits(number);
        line[at] = sign;
        for (int i = digits; i > 0; i--, number /= 10)
        {
            line[at + i] = (byte)('0' + (number % 10));
        }

        return at + digits + 1;
    }

    /// <summary>Digits of a number; what has more than ten is written by its last ten.</summary>
    private static int Digits(ulong number)
    {
        int digits = 1;
        for (; number >= 10 && digits < 10; number /= 10)
        {
            digits++;
        }

        return digits;
    }
}
