using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Guest.Bench;

/// <summary>Linux's system calls that only the measurements need. Numbers: arch/x86/entry/syscalls/syscall_64.tbl of Linux.</summary>
internal static unsafe class Calls
{
    private const long MapNumber = 9;
    private const long UnmapNumber = 11;
    private const long SeekNumber = 8;
    private const long OpenNumber = 2;
    private const long MakeNodeNumber = 133;
    private const long GetParentNumber = 110;
    private const long SetSchedulerNumber = 144;
    private const int FirstInFirstOut = 1;

    private const int ReadWriteProtection = 3;
    private const int PrivateAnonymous = 0x22;
    private const int Populated = 0x8000;

    /// <summary>The cheapest system call that does something: getppid.</summary>
    public static void Null() => Call(GetParentNumber, 0, 0, 0, 0);

    /// <summary>Maps fresh memory; with <paramref name="populate"/> every page at once.</summary>
    public static byte* MapFresh(long size, bool populate) =>
        (byte*)Call(MapNumber, 0, size, ReadWriteProtection, PrivateAnonymous | (populate ? Populated : 0), -1);

    /// <summary>Gives memory back.</summary>
    public static void Unmap(byte* address, long size) => Call(UnmapNumber, (long)address, size, 0, 0);

    /// <summary>Makes a character device node that its owner may read and write.</summary>
    public static void MakeDevice(byte* path, int major, int minor) => Call(MakeNodeNumber, (long)path, 0x2180, (major << 8) | minor, 0); // S_IFCHR, 0600

    /// <summary>Opens a file for reading and writing, not waiting for what is not there yet.</summary>
    public static int OpenBoth(byte* path) => (int)Call(OpenNumber, (long)path, 0x802, 0, 0); // O_RDWR|O_NONBLOCK

    /// <summary>Goes to the end of a file.</summary>
    public static void SeekEnd(int file) => Call(SeekNumber, file, 0, 2, 0); // SEEK_END

    /// <summary>Runs before every ordinary process from now on.</summary>
    public static void BeRealTime()
    {
        int priority = 1;
        Call(SetSchedulerNumber, 0, FirstInFirstOut, (long)&priority, 0);
    }

    /// <summary>Marks a moment for the counter of instructions (src/InstructionCounter).</summary>
    [RuntimeImport("*", "bench_mark")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Mark();

    /// <summary>Loops for ever, in one instruction.</summary>
    [RuntimeImport("*", "bench_spin")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Spin();

    [RuntimeImport("*", "linux_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(long number, long a, long b, long c, long d, long e = 0, long f = 0);
}
