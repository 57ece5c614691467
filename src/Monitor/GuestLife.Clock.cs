using System.Runtime.InteropServices;
using System.Threading;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <content>The guest's clock: its start, and its steering.</content>
public unsafe partial struct GuestLife
{
    private const int ShiftAt = 32, NumberAt = 40;

    /// <summary>
    /// When the monitor has to read the reference, by the time-stamp counter. As a rule it reads it when something else has woken it: while
    /// it waits with a deadline, an interrupt reaches its guest by the kernel's general path, which takes 1,400 instructions more.
    /// </summary>
    private readonly ulong NextLook => _steers && _clock.IsBent ? _clock.NextLook : Notification.NoDeadline;

    private void WriteClock(Startup startup, bool native)
    {
        ClockScale scale = ClockScale.FromHertz(startup.TscHertz);
        ulong now = Machine.Tsc();
        ulong wall = startup.WallClockNanoseconds + scale.Nanoseconds(now - startup.WallClockTsc);
        SharedInfoPage.Write(ControlPage(0), scale, now, wall);
        GuestMachine.WriteRomInfo(ControlPage(3), _layout, scale, startup.TscHertz, now, wall);

        // The native interface has no version number with which its clock's figures could change.
        if (!native && ReferenceClock.TryRead(out ClockReading reading))
        {
            _steers = true;
            _clock = new ClockSteering(startup.TscHertz, now, reading);
        }
    }

    private static void WriteDate(Startup startup) => GuestStore.WriteClock(startup.WallClockNanoseconds, startup.WallClockTsc, startup.TscHertz);

    /// <summary>Reads the reference if it is time. Returns true if the ROM has to be given another rate.</summary>
    private bool SteerClock()
    {
        if (!_steers || Machine.Tsc() < _clock.NextLook)
        {
            return false;
        }

        if (!ReferenceClock.TryRead(out ClockReading reading))
        {
            reading.Tsc = Machine.Tsc();
            reading.Width = ulong.MaxValue;
        }

        ulong breaks = _clock.Breaks;
        bool turned = _clock.Follow(reading, out ClockScale scale);
        if (_clock.Breaks != breaks)
        {
            Log log = Line();
            log.Text("'s clock: the time-stamp counter and its reference moved apart; it goes on from where it was"u8);
            log.EndLine();
        }

        if (turned)
        {
            _rates++;
            ref RomInfo info = ref MemoryMarshal.AsRef<RomInfo>(ControlPage(3));
            Volatile.Write(ref info.NextRate, scale.Multiplier | ((ulong)(byte)scale.Shift << ShiftAt) | (_rates << NumberAt));
        }

        return turned;
    }
}
