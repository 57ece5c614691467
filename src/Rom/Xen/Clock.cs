using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>The guest's system time (nanoseconds since its start) and the time-stamp counter.</summary>
internal static unsafe class Clock
{
    /// <summary>Fills the figures by which the guest computes its time. They hold for its whole life.</summary>
    internal static void Fill(TimeInfo* time)
    {
        RomInfo* info = Machine.Info;
        time->Version++;
        time->TscTimestamp = info->TscAtZero;
        time->SystemTime = 0;
        time->TscToSystemMul = info->TscToSystemMul;
        time->TscShift = (sbyte)info->TscShift;
        time->Flags = TimeInfo.TscStable;
        time->Version++;
    }

    /// <summary>System time now.</summary>
    internal static ulong Now()
    {
        RomInfo* info = Machine.Info;
        return ToNanoseconds(Machine.ReadTsc() - info->TscAtZero, info->TscToSystemMul, info->TscShift);
    }

    /// <summary>TSC at a system time, rounded up; never 0.</summary>
    internal static ulong Deadline(ulong nanoseconds)
    {
        RomInfo* info = Machine.Info;
        return info->TscAtZero + ToTicks(nanoseconds, info->TscToSystemMul, info->TscShift);
    }

    /// <summary>Xen's own conversion: (ticks shifted, times the factor) without its low 32 bits.</summary>
    internal static ulong ToNanoseconds(ulong ticks, uint factor, int shift)
    {
        ulong shifted = shift < 0 ? ticks >> -shift : ticks << shift;
        ulong high = Math.BigMul(shifted, factor, out ulong low);
        return (high << 32) | (low >> 32);
    }

    /// <summary>The least number of ticks that takes so long, give or take one.</summary>
    internal static ulong ToTicks(ulong nanoseconds, uint factor, int shift)
    {
        // nanoseconds * 2^32 / factor in two steps of 64 bits; the remainder is below the factor, so its shift cannot overflow.
        ulong whole = nanoseconds / factor;
        ulong rest = nanoseconds % factor;
        ulong quotient = (whole << 32) + (((rest << 32) + factor - 1) / factor);
        return shift < 0 ? quotient << -shift : (quotient >> shift) + 1;
    }
}
