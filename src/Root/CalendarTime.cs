namespace Tierce.Root;

/// <summary>A date and time of day as a real-time clock gives it, UTC.</summary>
public struct CalendarTime
{
    /// <summary>Four digits; month and day from 1.</summary>
    public uint Year, Month, Day;

    /// <summary>Time of day, 24 hours.</summary>
    public uint Hour, Minute, Second;

    /// <summary>Seconds since 1970-01-01 00:00:00 UTC; 0 if a field is out of its range.</summary>
    public readonly ulong ToUnixSeconds()
    {
        if (Year < 1970 || Month is < 1 or > 12 || Day is < 1 or > 31 || Hour > 23 || Minute > 59 || Second > 60)
        {
            return 0;
        }

        // Days of a year that begins in March, so that the leap day is its last.
        ulong year = Month <= 2 ? Year - 1 : Year;
        ulong month = (Month + 9) % 12;
        ulong days = (365 * year) + (year / 4) - (year / 100) + (year / 400) + (((month * 306) + 5) / 10) + Day - 1;
        const ulong DaysTo1970 = 719_468;
        return ((days - DaysTo1970) * 86_400) + (Hour * 3600UL) + (Minute * 60UL) + Second;
    }
}
