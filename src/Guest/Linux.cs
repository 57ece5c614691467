using System.Runtime;
using System.Runtime.CompilerServices;

namespace Tierce.Guest;

/// <summary>
/// Linux's system calls, as far as the agent needs them. Numbers: arch/x86/entry/syscalls/syscall_64.tbl of Linux. Each returns what Linux
/// returns: a negated error number when below zero.
/// </summary>
internal static unsafe class Linux
{
    /// <summary>Events of <see cref="PollEntry"/>: data may be read.</summary>
    public const short PollIn = 1;

    /// <summary>Events of <see cref="PollEntry"/>: there is room for data.</summary>
    public const short PollOut = 4;

    /// <summary>Wait without blocking (wait4).</summary>
    public const int NoHang = 1;

    private const long ReadNumber = 0;
    private const long WriteNumber = 1;
    private const long OpenNumber = 2;
    private const long CloseNumber = 3;
    private const long PollNumber = 7;
    private const long MapNumber = 9;
    private const long Pipe2Number = 293;
    private const long IoctlNumber = 16;
    private const long Dup2Number = 33;
    private const long ForkNumber = 57;
    private const long ExecveNumber = 59;
    private const long ExitNumber = 231;
    private const long Wait4Number = 61;
    private const long SetSidNumber = 112;
    private const long RebootNumber = 169;
    private const long BpfNumber = 321;
    private const long SigactionNumber = 13;
    private const long SetSchedulerNumber = 144;
    private const long PidfdOpenNumber = 434;
    private const long ClockSetTimeNumber = 227;
    private const long ClockGetTimeNumber = 228;

    /// <summary>One watched file (struct pollfd).</summary>
    public struct PollEntry
    {
        /// <summary>File descriptor; below zero: ignored.</summary>
        public int File;

        /// <summary>Events asked for.</summary>
        public short Events;

        /// <summary>Events that are there; an end or an error is always reported.</summary>
        public short Returned;
    }

    /// <summary>Reads up to <paramref name="size"/> bytes; 0 at the end.</summary>
    public static long Read(int file, byte* buffer, long size) => Call(ReadNumber, file, (long)buffer, size, 0);

    /// <summary>Writes all bytes, or returns false.</summary>
    public static bool WriteAll(int file, byte* bytes, long size)
    {
        while (size > 0)
        {
            long done = Call(WriteNumber, file, (long)bytes, size, 0);
            if (done <= 0)
            {
                return false;
            }

            bytes += done;
            size -= done;
        }

        return true;
    }

    /// <summary>Creates or truncates a file for writing.</summary>
    public static int Create(byte* path) => (int)Call(OpenNumber, (long)path, 0x241, 0x1a4, 0); // O_WRONLY|O_CREAT|O_TRUNC, 0644

    /// <summary>Opens a file for reading.</summary>
    public static int Open(byte* path) => (int)Call(OpenNumber, (long)path, 0, 0, 0);

    /// <summary>Opens a file for reading and writing.</summary>
    public static int OpenForBoth(byte* path) => (int)Call(OpenNumber, (long)path, 2, 0, 0); // O_RDWR

    /// <summary>Sets the date, in nanoseconds since 1970.</summary>
    public static void SetDate(long nanoseconds)
    {
        // CLOCK_REALTIME; struct timespec: seconds, nanoseconds.
        long* time = stackalloc long[2];
        time[0] = nanoseconds / 1_000_000_000;
        time[1] = nanoseconds % 1_000_000_000;
        Call(ClockSetTimeNumber, 0, (long)time, 0, 0);
    }

    /// <summary>Nanoseconds of a clock that is never set.</summary>
    public static long Now()
    {
        // CLOCK_MONOTONIC; struct timespec: seconds, nanoseconds.
        long* time = stackalloc long[2];
        Call(ClockGetTimeNumber, 1, (long)time, 0, 0);
        return (time[0] * 1_000_000_000) + time[1];
    }

    /// <summary>Maps part of a file for reading; returns its address.</summary>
    public static long MapShared(int file, long offset, long size) => Call(MapNumber, 0, size, 1, 1, file, offset); // PROT_READ, MAP_SHARED

    /// <summary>Closes a file descriptor.</summary>
    public static void Close(int file) => Call(CloseNumber, file, 0, 0, 0);

    /// <summary>Waits for one of the entries, for at most this many milliseconds (below zero: for ever).</summary>
    public static long Poll(PollEntry* entries, int count, int milliseconds) => Call(PollNumber, (long)entries, count, milliseconds, 0);

    /// <summary>Makes a pipe whose ends are closed at exec; ends[0] is read from.</summary>
    public static long Pipe(int* ends) => Call(Pipe2Number, (long)ends, 0x80000, 0, 0); // O_CLOEXEC

    /// <summary>Makes <paramref name="target"/> a copy of a file descriptor.</summary>
    public static void Duplicate(int file, int target) => Call(Dup2Number, file, target, 0, 0);

    /// <summary>The ioctl system call; the argument's meaning is the request's.</summary>
    public static long Control(int file, uint request, long argument) => Call(IoctlNumber, file, request, argument, 0);

    /// <summary>Returns 0 in the child.</summary>
    public static int Fork() => (int)Call(ForkNumber, 0, 0, 0, 0);

    /// <summary>Returns only if it failed.</summary>
    public static long Execute(byte* path, byte** arguments, byte** environment) => Call(ExecveNumber, (long)path, (long)arguments, (long)environment, 0);

    /// <summary>Ends the process.</summary>
    public static void Exit(int status) => Call(ExitNumber, status, 0, 0, 0);

    /// <summary>Waits for a child; returns its process number, or 0 with <see cref="NoHang"/> when it still runs.</summary>
    public static int Wait(int process, int* status, int options) => (int)Call(Wait4Number, process, (long)status, options, 0);

    /// <summary>A file that can be read when the process has ended; below zero on a Linux before 5.3.</summary>
    public static int OpenProcess(int process) => (int)Call(PidfdOpenNumber, process, 0, 0, 0);

    /// <summary>Makes the caller the leader of a new session.</summary>
    public static void NewSession() => Call(SetSidNumber, 0, 0, 0, 0);

    /// <summary>From now on the caller, but not its children, runs as soon as it can: at the lowest real-time priority.</summary>
    public static void RunFirst()
    {
        // SCHED_FIFO | SCHED_RESET_ON_FORK; struct sched_param is the priority.
        int priority = 1;
        Call(SetSchedulerNumber, 0, 0x4000_0001, (long)&priority, 0);
    }

    /// <summary>Ignores SIGPIPE, so that a write to a pipe whose reader is gone just fails, or lets it end the process again, as programs expect.</summary>
    public static void IgnoreBrokenPipes(bool ignore)
    {
        // struct kernel_sigaction: handler (SIG_IGN is 1, SIG_DFL 0), flags, restorer, mask.
        long* action = stackalloc long[4];
        action[0] = ignore ? 1 : 0;
        action[1] = 0;
        action[2] = 0;
        action[3] = 0;
        Call(SigactionNumber, 13, (long)action, 0, 8);
    }

    /// <summary>The bpf system call; its attributes' layout is the command's.</summary>
    public static int Bpf(int command, void* attributes, int size) => (int)Call(BpfNumber, command, (long)attributes, size, 0);

    /// <summary>Switches the machine off.</summary>
    public static void PowerOff() => Call(RebootNumber, unchecked((int)0xfee1dead), 672274793, 0x4321fedc, 0);

    /// <summary>The time-stamp counter.</summary>
    [RuntimeImport("*", "linux_tsc")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern ulong Tsc();

    [RuntimeImport("*", "linux_call")]
    [MethodImpl(MethodImplOptions.InternalCall)]
    private static extern long Call(long number, long a, long b, long c, long d, long e = 0, long f = 0);
}
