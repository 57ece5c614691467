using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// Hypercall 21: optional behaviour. Only one type changes something: with the architectural I/O privilege level (type 4) the level is that
/// of the RFLAGS with which guest user was entered last, and frames show it. The others are always in force or concern only 32-bit guests.
/// Page tables that can be written (type 2) cannot be switched off. Does not enter the kernel.
/// </summary>
internal static unsafe class VmAssist
{
    private const uint Enable = 0;
    private const uint Disable = 1;
    private const int WritablePageTables = 2;
    private const int ArchitecturalIoLevel = 4;

    /// <summary>Types 0 to 5 and 32: those that Xen 4.17 knows for a 64-bit guest.</summary>
    private const ulong Known = 0x1_0000_003f;

    /// <summary>Both bits of the I/O privilege level in RFLAGS.</summary>
    private const ulong LevelBits = 3 << 12;

    /// <summary>Whether the I/O privilege level is that of RFLAGS.</summary>
    internal static bool ShowsIoLevel => Machine.State->ShownLevel != 0;

    internal static long Run(ulong command, ulong type)
    {
        uint number = (uint)type;
        if (number >= 64 || (Known >> (int)number & 1) == 0)
        {
            return Errno.Invalid;
        }

        switch ((uint)command)
        {
            case Enable:
                Set(number, LevelBits);
                return 0;
            case Disable when number == WritablePageTables:
                return Errno.Invalid;
            case Disable:
                Set(number, 0);
                return 0;
            default:
                return Errno.NoCall;
        }
    }

    private static void Set(uint type, ulong shown)
    {
        if (type == ArchitecturalIoLevel)
        {
            Machine.State->ShownLevel = shown;
            Handlers.Place();
        }
    }
}
