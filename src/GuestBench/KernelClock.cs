namespace Tierce.Guest.Bench;

/// <summary>
/// The clock of the guest kernel's log, which it starts within its first few thousand instructions under Xen: what places the guest's
/// entry in time where the hypervisor does not tell it.
/// </summary>
internal static unsafe class KernelClock
{
    private const int MemoryDevice = 1;
    private const int LogMinor = 11;
    private const int LongestRecord = 1024;

    /// <summary>Microseconds on that clock; 0 if the log cannot be read.</summary>
    public static ulong Microseconds()
    {
        byte* record = stackalloc byte[LongestRecord];
        fixed (byte* path = "/kmsg\0"u8)
        {
            Calls.MakeDevice(path, MemoryDevice, LogMinor);
            int file = Calls.OpenBoth(path);
            Calls.SeekEnd(file);
            byte line = (byte)'\n';
            Linux.WriteAll(file, &line, 1);
            long size = Linux.Read(file, record, LongestRecord);
            Linux.Close(file);
            return Parse(record, size);
        }
    }

    /// <summary>Third field of a record of /dev/kmsg: "priority,sequence,microseconds,flags;text".</summary>
    private static ulong Parse(byte* record, long size)
    {
        int commas = 0;
        ulong value = 0;
        for (long i = 0; i < size && commas < 3; i++)
        {
            if (record[i] == ',')
            {
                commas++;
            }
            else if (commas == 2)
            {
                value = (value * 10) + record[i] - '0';
            }
        }

        return value;
    }
}
