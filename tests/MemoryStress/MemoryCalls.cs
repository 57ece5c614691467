using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Tests.MemoryStress;

/// <summary>Linux's system calls for memory. Numbers: arch/x86/entry/syscalls/syscall_64.tbl of Linux.</summary>
internal static unsafe class MemoryCalls
{
    public const int None = 0, ReadOnly = 1, ReadWrite = 3;

    private const long MapNumber = 9, ProtectNumber = 10, UnmapNumber = 11, RemapNumber = 25, AdviseNumber = 28, TimeNumber = 201, WriteNumber = 1;
    private const int Private = 2, Shared = 1, Anonymous = 0x20, MayMove = 1, DontNeed = 4;

    /// <summary>Fresh memory, zeros; below zero on failure.</summary>
    public static long Map(long size, bool shared) => Call(MapNumber, 0, size, ReadWrite, Anonymous | (shared ? Shared : Private), -1);

    public static long Unmap(long address, long size) => Call(UnmapNumber, address, size, 0, 0);

    public static long Protect(long address, long size, int protection) => Call(ProtectNumber, address, size, protection, 0);

    /// <summary>Grows or shrinks, moving if need be; the new address.</summary>
    public static long Remap(long address, long size, long newSize) => Call(RemapNumber, address, size, newSize, MayMove);

    /// <summary>Throws contents away: private memory reads as zeros then.</summary>
    public static long Forget(long address, long size) => Call(AdviseNumber, address, size, DontNeed, 0);

    /// <summary>Seconds since 1970.</summary>
    public static long Time() => Call(TimeNumber, 0, 0, 0, 0);

    /// <summary>Writes one byte to a file, which Linux reads itself: -14 (EFAULT) where it may not.</summary>
    public static long WriteByte(int file, long address) => Call(WriteNumber, file, address, 1, 0);

    [RuntimeImport("*", "linux_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(long number, long a, long b, long c, long d, long e = 0, long f = 0);
}
