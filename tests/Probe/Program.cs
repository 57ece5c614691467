using System;
using System.Runtime;
using System.Runtime.CompilerServices;
using Tierce.Guest;

namespace Tierce.Tests.Probe;

/// <summary>
/// <c>probe read ADDRESS</c>, <c>probe write ADDRESS</c>: one access at a virtual address (hexadecimal; "own": memory of its own, the control);
/// killed by a signal where it is refused, else prints <c>done</c>.
/// <c>probe physical ADDRESS</c>: reads physical memory through /dev/mem.
/// <c>probe kernel ADDRESS</c>: reads at a virtual address with the guest kernel's rights; exit status 3 where it is refused.
/// <c>probe registers SEED ROUNDS [sabotage]</c>: exit status 0 if vector and x87 registers kept their values.
/// <c>probe debug now</c>, <c>probe debug step</c>, <c>probe selectors FIRST LAST</c> (hexadecimal): a <see cref="Tracer"/>.
/// </summary>
internal static unsafe class Program
{
    private const int PatternSize = (16 * 32) + (2 * 16);
    private const int Refused = 3;
    private const int Lost = 4;
    private const int Usage = 2;
    private const long PageSize = 4096;

    /// <summary>Called by linux.S alone.</summary>
    [RuntimeExport("guest_main")]
    public static int Main(ulong* stack, ulong clock)
    {
        byte** arguments = (byte**)(stack + 1);
        ulong own = 0;
        if (stack[0] < 3)
        {
            return Usage;
        }

        return arguments[1][0] switch
        {
            (byte)'r' when arguments[1][2] == 'a' => Read(Address(arguments[2], &own)),
            (byte)'w' => Write(Address(arguments[2], &own)),
            (byte)'k' => GuestKernel(Address(arguments[2], &own)),
            (byte)'p' => Physical(Address(arguments[2], &own)),
            (byte)'d' when arguments[2][0] == 's' => Result(Tracer.StepOntoWatched()),
            (byte)'d' => Result(Tracer.Debug()),
            (byte)'s' when stack[0] >= 4 => Result(Tracer.Selectors(Number(arguments[2], 16), Number(arguments[3], 16))),
            (byte)'r' when stack[0] >= 4 => Registers(Number(arguments[2], 10), Number(arguments[3], 10), stack[0] > 4),
            _ => Usage,
        };
    }

    /// <summary>A check of the core library failed.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Linux.Exit(100 + reason);

    private static int Read(ulong address)
    {
        ReadWord(address);
        return Done();
    }

    private static int Write(ulong address)
    {
        WriteWord(address, 0x5465_7374);
        return Done();
    }

    private static int GuestKernel(ulong address)
    {
        const int Fault = -14;
        int status = GuestKernelRead.Try(address);
        return status == 0 ? Done() : status == Fault ? Refused : 100 - status;
    }

    private static int Physical(ulong address)
    {
        fixed (byte* path = "/dev/mem\0"u8)
        {
            int file = Linux.Open(path);
            long at = file < 0 ? file : Linux.MapShared(file, (long)(address & ~(ulong)(PageSize - 1)), PageSize);
            if (at is < 0 and > -PageSize)
            {
                return Refused;
            }

            ReadWord((ulong)at);
            return Done();
        }
    }

    private static int Registers(ulong seed, ulong rounds, bool sabotage)
    {
        byte* pattern = stackalloc byte[PatternSize];
        byte* result = stackalloc byte[PatternSize];
        bool avx = HasAvx() != 0;
        ulong state = seed;
        for (int i = 0; i < PatternSize; i++)
        {
            // Knuth's MMIX generator: any sequence that differs by seed does.
            state = (state * 6364136223846793005) + 1442695040888963407;
            pattern[i] = (byte)(state >> 56);
            result[i] = 0;
        }

        // Ordinary x87 numbers: explicit integer bit set, small exponent.
        for (int i = 0; i < 2; i++)
        {
            byte* number = pattern + 512 + (16 * i);
            number[7] |= 0x80;
            number[8] = (byte)(i + 1);
            number[9] = 0x40;
        }

        RegistersSurvive(pattern, result, (long)rounds, (sabotage ? 1 : 0) | (avx ? 2 : 0));
        for (int i = 0; i < 512; i++)
        {
            if ((avx || (i & 31) < 16) && pattern[i] != result[i])
            {
                return Lost;
            }
        }

        for (int i = 0; i < 10; i++)
        {
            if (pattern[512 + i] != result[512 + i] || pattern[528 + i] != result[528 + i])
            {
                return Lost;
            }
        }

        return Done();
    }

    private static int Result(int failed) => failed == 0 ? Done() : failed;

    private static int Done()
    {
        fixed (byte* text = "done\n"u8)
        {
            Linux.WriteAll(1, text, 5);
        }

        return 0;
    }

    private static ulong Address(byte* text, ulong* own) => text[0] == 'o' ? (ulong)own : Number(text, 16);

    private static ulong Number(byte* text, uint radix)
    {
        ulong value = 0;
        for (int i = 0; text[i] != 0; i++)
        {
            int digit = text[i] >= 'a' ? text[i] - 'a' + 10 : text[i] - '0';
            value = (value * radix) + (ulong)digit;
        }

        return value;
    }

    [RuntimeImport("*", "registers_survive")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void RegistersSurvive(byte* pattern, byte* result, long rounds, long flags);

    [RuntimeImport("*", "has_avx")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern int HasAvx();

    [RuntimeImport("*", "read_word")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern ulong ReadWord(ulong address);

    [RuntimeImport("*", "write_word")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern void WriteWord(ulong address, ulong value);
}
