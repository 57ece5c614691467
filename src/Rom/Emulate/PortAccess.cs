using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Decides whether code may use I/O ports and the interrupt flag. Guest kernel counts as level 1, or as level 0 with the architectural I/O
/// privilege level; guest user counts as level 3. Both are compared with the level that the guest has set. A bitmap may also permit single
/// ports.
/// </summary>
internal static unsafe class PortAccess
{
    private const int LevelShift = 12;
    private const uint UserLevel = 3;
    private const uint KernelLevel = 1;

    /// <summary>The privilege level of a mode of the guest.</summary>
    internal static uint LevelOf(bool user) => user ? UserLevel : VmAssist.ShowsIoLevel ? 0 : KernelLevel;

    /// <summary>Whether the level of that mode permits CLI, STI and every port.</summary>
    internal static bool IsPrivileged(bool user)
    {
        RomState* state = Machine.State;
        uint level = VmAssist.ShowsIoLevel ? (uint)(state->UserFlags >> LevelShift) & UserLevel : state->IoLevel;
        return LevelOf(user) <= level;
    }

    /// <summary>
    /// Whether that mode may use these ports. As on Xen, the bitmap applies to both modes. A part of it that cannot be read forbids.
    /// </summary>
    internal static bool Allows(bool user, uint port, uint bytes)
    {
        if (IsPrivileged(user))
        {
            return true;
        }

        RomState* state = Machine.State;
        if (port + bytes > state->PortBitmapPorts)
        {
            return false;
        }

        ulong place = state->PortBitmap + (port >> 3);
        byte* first = Guest.Read(place, 1);
        byte* second = Guest.Read(place + 1, 1);
        uint bits = (first == null ? 0xffU : *first) | ((second == null ? 0xffU : *second) << 8);
        return (bits >> (int)(port & 7) & ((1U << (int)bytes) - 1)) == 0;
    }
}
