using System;
using Tierce.Abi;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// Changes of the entry code for measuring. They are made at start-up, while the image can still be written, so that they cost nothing
/// otherwise. Words of the kernel's command line: <c>handicap=N</c>, <c>time-entries</c>.
/// </summary>
[AssemblyNames("ENTRY_PATCHES")]
internal static unsafe class EntryPatches
{
    // SAFETY: code of the image that is to be patched, by the list of places that the assembly makes.

    /// <summary>Most instructions of a handicap: MOST_HANDICAP of <c>entry.S</c>.</summary>
    public const uint MostHandicap = 1000;

    private const byte Jump = 0xe9;
    private const int JumpSize = 5;
    private const int Handlers = 7;

    private static uint handicap;

    /// <summary>Whether <see cref="EntryTimes"/> measures.</summary>
    public static bool TimesEntries { get; private set; }

    /// <summary>Entry of SYSCALL into the kernel: each instruction of the handicap is one NOP before it.</summary>
    public static ulong SyscallEntry => handicap == 0 ? (ulong)ImageSymbols.SyscallEntry() : (ulong)ImageSymbols.SyscallSledEnd() - handicap;

    /// <summary>Reads the options and makes the changes.</summary>
    /// <param name="options">The kernel's command line.</param>
    /// <param name="traces">Whether events are traced: page faults then take the way of other exceptions, which records them.</param>
    public static void Apply(ReadOnlySpan<byte> options, bool traces)
    {
        int at = options.IndexOf("handicap="u8);
        for (int i = at + 9; at >= 0 && i < options.Length && options[i] is >= (byte)'0' and <= (byte)'9' && handicap < MostHandicap; i++)
        {
            handicap = (handicap * 10) + options[i] - '0';
        }

        handicap = handicap > MostHandicap ? MostHandicap : handicap;
        if (handicap != 0)
        {
            Delay(ImageSymbols.Trap(), ImageSymbols.TrapSledEnd());
        }

        if (handicap != 0 || traces)
        {
            Delay(ImageSymbols.PageFault(), traces ? ImageSymbols.TrapSledEnd() : ImageSymbols.FaultSledEnd());
        }

        if (options.IndexOf("time-entries"u8) >= 0)
        {
            TimesEntries = true;
            byte** handlers = (byte**)ImageSymbols.TimedHandlers();
            for (int i = 0; i < Handlers; i++)
            {
                Aim(handlers[2 * i], handlers[(2 * i) + 1]);
            }
        }
    }

    /// <summary>A jump replaces a test, which is repeated after the NOPs. The jump itself is one of the extra instructions.</summary>
    private static void Delay(byte* entry, byte* sledEnd)
    {
        *entry = Jump;
        Aim(entry + JumpSize, handicap == 0 ? sledEnd : sledEnd - handicap + 1);
    }

    /// <summary>Writes the distance that ends an instruction.</summary>
    private static void Aim(byte* end, byte* target) => *(int*)(end - sizeof(int)) = (int)(target - end);
}
