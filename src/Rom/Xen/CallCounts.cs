using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Counts how often the guest made each hypercall, those in a multicall too, and how often one entered the kernel in addition to a trap
/// that led to the ROM. Work at the end of a batch counts for the hypercall that requested it last. Patched functions of Linux count as the
/// hypercall that they replace. For iret only the calls are counted here: the kernel counts returns to guest user itself.
/// </summary>
[AssemblyNames("CALL_COUNTS")]
internal static unsafe class CallCounts
{
    /// <summary>Hypercall iret, which assembly counts.</summary>
    internal const int Iret = (int)HypercallNumber.Iret;

    /// <summary>Stands for instructions that the emulator executed for the guest kernel.</summary>
    internal const uint Emulation = 62;

    /// <summary>Stands for all numbers that Xen does not have.</summary>
    private const uint Unknown = 63;

    /// <summary>Characters of one log call. The log keeps a line of one call in one piece, even if others write.</summary>
    private const int LineSize = 48;

    /// <summary>Counts a call with this number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Begin(ulong number)
    {
        RomState* state = Machine.State;
        uint slot = number < Unknown ? (uint)number : Unknown;
        state->Call = slot;
        state->CallsMade[slot]++;
    }

    /// <summary>Makes a kernel call for the current hypercall.</summary>
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

    /// <summary>Waits for an event while the place holds the value.</summary>
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

    /// <summary>Logs the counts: lines "rom: calls", then NUMBER=MADE/ENTERED for each hypercall that was made.</summary>
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

    /// <summary>Digits of a number. Of a number with more than ten digits the last ten are written.</summary>
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
