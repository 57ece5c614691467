using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// The time of day as the machine beneath tells it through VMware's port, in microseconds. QEMU has it too: its MC146818 counts whole
/// seconds from the moment at which QEMU started, and so is late by up to one.
/// </summary>
/// <remarks>Command 46 (GETTIMEFULL), as in QEMU's <c>hw/i386/vmport.c</c>: EAX the magic, ESI and EDX the seconds, EBX the microseconds.</remarks>
public static class HypervisorClock
{
    /// <summary>First port. It is one access of four bytes.</summary>
    public const ushort Port = 0x5658;

    /// <summary>Number of ports.</summary>
    public const uint PortCount = 4;

    private const uint Magic = 0x564d_5868;
    private const uint TimeCommand = 46;
    private const int Tries = 8;

    /// <summary>Nanoseconds since 1970, and the time-stamp counter at that moment. False if the machine has no such port. The domain must have it.</summary>
    public static unsafe bool TryRead(out ulong nanoseconds, out ulong tsc)
    {
        nanoseconds = 0;
        tsc = 0;
        ulong width = ulong.MaxValue;
        for (int i = 0; i < Tries; i++)
        {
            uint* registers = stackalloc uint[4];
            ulong before = Machine.Tsc();
            Machine.AskHypervisor(Magic, TimeCommand, registers);
            ulong after = Machine.Tsc();
            if (registers[0] != Magic || registers[1] >= 1_000_000)
            {
                return false;
            }

            if (after - before < width)
            {
                width = after - before;
                tsc = before + (width / 2);
                nanoseconds = ((((ulong)registers[3] << 32) | registers[2]) * 1_000_000_000) + (registers[1] * 1000UL);
            }
        }

        return true;
    }
}
