using System.Threading;
using Tierce.Abi;
using Tierce.Rom.State;

namespace Tierce.Rom.Xen;

/// <summary>
/// The guest's system time (nanoseconds since its start) and the time-stamp counter. The monitor changes the rate from time to time. A new
/// rate begins at the guest's current time, so that the time neither jumps nor goes back.
/// </summary>
/// <remarks>
/// VMINT may interrupt any other code of the ROM, and VMINT applies a new rate. A reader therefore compares the version before and after it
/// reads the line, and begins again if they differ.
/// </remarks>
internal static unsafe class Clock
{
    // SAFETY: the window, at a frame that was compared with the limit.

    private const ulong PageSize = 4096;

    /// <summary>Writes the figures by which the guest computes its time.</summary>
    internal static void Fill(TimeInfo* time)
    {
        RomState* state = Machine.State;
        uint version;
        do
        {
            version = Volatile.Read(ref state->Clock.Version);
            ClockLine line = Line();
            time->Version++;
            time->TscTimestamp = line.Tsc;
            time->SystemTime = line.SystemTime;
            time->TscToSystemMul = line.Factor;
            time->TscShift = (sbyte)line.Shift;
            time->Flags = TimeInfo.TscStable;
            time->Version++;
        }
        while (Volatile.Read(ref state->Clock.Version) != version);
    }

    /// <summary>Applies the monitor's rate, if it is a new one.</summary>
    internal static void Follow()
    {
        RomState* state = Machine.State;
        ulong rate = Volatile.Read(ref Machine.Info->NextRate);
        if (rate == state->ClockRate)
        {
            return;
        }

        // This comes first, so that VMINT does not apply the same rate in between.
        Volatile.Write(ref state->ClockRate, rate);
        ulong now = Machine.ReadTsc();
        state->Clock.SystemTime = Time(now);
        state->Clock.Tsc = now;
        state->Clock.Factor = (uint)rate;
        state->Clock.Shift = (sbyte)(rate >> 32);
        Volatile.Write(ref state->Clock.Version, state->Clock.Version + 1);
        Fill(&state->VcpuInfo->Time);
        if (state->TimeArea != null)
        {
            Fill(state->TimeArea);
        }
    }

    /// <summary>
    /// Sets the address at which the guest's user code reads the clock; 0 for none. The frame is looked up once, because VMINT runs in any
    /// address space: a guest that moves the page has to register it again.
    /// </summary>
    internal static void Register(ulong address)
    {
        ulong offset = address & (PageSize - 1);
        ulong entry = address == 0 ? 0 : PageTables.FindEntry(address);
        ulong value = entry == 0 ? 0 : *(ulong*)Machine.Window(entry);
        ulong frame = (value & PageTables.AddressMask) >> 12;
        bool found = (value & PageTables.Present) != 0 && Guest.IsFrame(frame) && offset <= PageSize - (ulong)sizeof(TimeInfo);
        Machine.State->TimeArea = found ? (TimeInfo*)(Machine.Window(frame << 12) + offset) : null;
    }

    /// <summary>System time now.</summary>
    internal static ulong Now() => Time(Machine.ReadTsc());

    /// <summary>TSC at a system time, rounded up; never 0. For a time in the past it may be any past value.</summary>
    internal static ulong Deadline(ulong nanoseconds)
    {
        ClockLine line = Line();
        return nanoseconds < line.SystemTime ? line.Tsc : line.Tsc + ToTicks(nanoseconds - line.SystemTime, line.Factor, line.Shift);
    }

    /// <summary>Xen's own conversion: (ticks shifted, times the factor) without its low 32 bits.</summary>
    internal static ulong ToNanoseconds(ulong ticks, uint factor, int shift)
    {
        ulong shifted = shift < 0 ? ticks >> -shift : ticks << shift;
        ulong high = Math.BigMul(shifted, factor, out ulong low);
        return (high << 32) | (low >> 32);
    }

    /// <summary>The least number of ticks that last that long, with an error of at most one.</summary>
    internal static ulong ToTicks(ulong nanoseconds, uint factor, int shift)
    {
        // nanoseconds * 2^32 / factor in two steps of 64 bits; the remainder is below the factor, so its shift cannot overflow.
        ulong whole = nanoseconds / factor;
        ulong rest = nanoseconds % factor;
        ulong quotient = (whole << 32) + (((rest << 32) + factor - 1) / factor);
        return shift < 0 ? quotient << -shift : (quotient >> shift) + 1;
    }

    private static ulong Time(ulong tsc)
    {
        ClockLine line = Line();
        return line.SystemTime + ToNanoseconds(tsc - line.Tsc, line.Factor, line.Shift);
    }

    /// <summary>The line that maps the time-stamp counter to system time: the monitor's first one, until there is another.</summary>
    private static ClockLine Line()
    {
        RomState* state = Machine.State;
        ClockLine line;
        do
        {
            line.Version = Volatile.Read(ref state->Clock.Version);
            line.Tsc = Volatile.Read(ref state->Clock.Tsc);
            line.SystemTime = Volatile.Read(ref state->Clock.SystemTime);
            line.Factor = Volatile.Read(ref state->Clock.Factor);
            line.Shift = Volatile.Read(ref state->Clock.Shift);
        }
        while (Volatile.Read(ref state->Clock.Version) != line.Version);
        if (line.Version == 0)
        {
            RomInfo* info = Machine.Info;
            line.Tsc = info->TscAtZero;
            line.SystemTime = 0;
            line.Factor = info->TscToSystemMul;
            line.Shift = info->TscShift;
        }

        return line;
    }
}
