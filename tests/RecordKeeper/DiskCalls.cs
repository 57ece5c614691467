using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Tests.RecordKeeper;

/// <summary>Linux's system calls for disks. Numbers: arch/x86/entry/syscalls/syscall_64.tbl of Linux. Each returns a negated error number when below zero.</summary>
internal static unsafe class DiskCalls
{
    private const long OpenNumber = 2, MapNumber = 9, ReadAtNumber = 17, WriteAtNumber = 18, SyncNumber = 74;
    private const long ReadWrite = 2, Direct = 0x4000, ReadWriteMemory = 3, PrivateAnonymous = 0x22;

    /// <summary>Opens a disk for reading and writing past the cache.</summary>
    public static int Open(byte* path) => (int)Call(OpenNumber, (long)path, ReadWrite | Direct, 0, 0);

    /// <summary>Fresh memory, at the start of a page.</summary>
    public static long Map(long size) => Call(MapNumber, 0, size, ReadWriteMemory, PrivateAnonymous, -1);

    public static long ReadAt(int file, long* buffer, long size, long place) => Call(ReadAtNumber, file, (long)buffer, size, place);

    public static long WriteAt(int file, long* buffer, long size, long place) => Call(WriteAtNumber, file, (long)buffer, size, place);

    /// <summary>Makes what was written stable.</summary>
    public static long Sync(int file) => Call(SyncNumber, file, 0, 0, 0);

    [RuntimeImport("*", "linux_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(long number, long a, long b, long c, long d, long e = 0, long f = 0);
}
