namespace Tierce.Root;

/// <summary>
/// The battery-backed clock at ports 0x70 and 0x71. Registers: Motorola MC146818A data sheet; the century is taken as 20.
/// </summary>
public static class RealTimeClock
{
    /// <summary>First of the two ports: index, then data.</summary>
    public const ushort Port = 0x70;

    /// <summary>Number of ports.</summary>
    public const uint PortCount = 2;

    private const byte StatusA = 10;
    private const byte StatusB = 11;
    private const byte UpdateInProgress = 0x80;
    private const byte Binary = 4;
    private const byte Hours24 = 2;

    /// <summary>Times that a reading is repeated until two agree and no update interfered. A broken clock does not stop the boot.</summary>
    private const int Attempts = 1000;

    /// <summary>Seconds since 1970 now; 0 if the clock has no valid time. The domain must have the ports.</summary>
    public static ulong ReadUnixSeconds()
    {
        ulong previous = 0;
        for (int i = 0; i < Attempts; i++)
        {
            if ((Register(StatusA) & UpdateInProgress) != 0)
            {
                continue;
            }

            ulong now = ReadOnce().ToUnixSeconds();
            if (now == previous)
            {
                return now;
            }

            previous = now;
        }

        return previous;
    }

    private static CalendarTime ReadOnce()
    {
        byte mode = Register(StatusB);
        bool binary = (mode & Binary) != 0;
        byte rawHour = Register(4);
        CalendarTime time;
        time.Second = Number(Register(0), binary);
        time.Minute = Number(Register(2), binary);
        time.Hour = Number((byte)(rawHour & 0x7f), binary);
        time.Day = Number(Register(7), binary);
        time.Month = Number(Register(8), binary);
        time.Year = 2000 + Number(Register(9), binary);
        if ((mode & Hours24) == 0)
        {
            time.Hour = (time.Hour % 12) + ((rawHour & 0x80) != 0 ? 12U : 0);
        }

        return time;
    }

    private static uint Number(byte raw, bool binary) => binary ? raw : ((uint)(raw >> 4) * 10) + (uint)(raw & 15);

    private static byte Register(byte index)
    {
        Runtime.Machine.Out8(Port, index);
        return Runtime.Machine.In8(Port + 1);
    }
}
