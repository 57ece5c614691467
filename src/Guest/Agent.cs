using System;
using System.Runtime;

namespace Tierce.Guest;

/// <summary>
/// The tool's program in the guest.
/// <list type="bullet">
/// <item><c>agent run TOKEN STATUSFILE PROGRAM ARGUMENTS...</c> runs a program; its outputs become frames, frames become its input.</item>
/// <item><c>agent terminal TOKEN "ROWS COLUMNS" PROGRAM ARGUMENTS...</c> runs a program on a terminal whose size follows the user's window.</item>
/// <item><c>agent clock</c> sets the date by the monitor's.</item>
/// <item><c>agent date TOKEN</c> sets it by the tool's.</item>
/// <item><c>agent send TOKEN TYPE</c> sends standard input as frames of that type.</item>
/// <item><c>agent tell TOKEN TYPE TEXT</c> sends one frame of that type.</item>
/// <item>As process 1 without arguments it tells the clock at its own first instruction and switches off: the measurement of boot.</item>
/// </list>
/// </summary>
internal static unsafe class Agent
{
    private const int ConsoleFile = 0;

    /// <summary>What a shell answers when a program cannot be started.</summary>
    public const int NotStarted = 127;

    /// <summary>Milliseconds between two looks at a child whose end the kernel does not tell.</summary>
    public const int LongestWait = 50;

    // Static: a function's own variables may not be larger than a page.
    private static Frames s_frames;
    private static InputDecoder s_decoder;

    /// <summary>C#'s first function. Called by linux.S alone.</summary>
    /// <param name="stack">Linux's start of the stack: the count of arguments, the arguments, 0, the environment, 0.</param>
    /// <param name="clock">Time-stamp counter at the program's first instruction.</param>
    /// <returns>Exit status.</returns>
    [RuntimeExport("guest_main")]
    public static int Main(ulong* stack, ulong clock)
    {
        ulong count = stack[0];
        byte** arguments = (byte**)(stack + 1);
        byte** environment = arguments + count + 1;
        Linux.IgnoreBrokenPipes(true);
        if (count >= 5 && arguments[1][0] == 'r')
        {
            s_frames.Open(arguments[2]);
            s_frames.Count();
            s_decoder.Open(arguments[2]);
            int status = Run(arguments + 4, environment);
            WriteStatus(arguments[3], status);
            return status;
        }

        if (count >= 5 && arguments[1][0] == 't' && arguments[1][2] == 'r')
        {
            return Terminal.Run(arguments[2], new ReadOnlySpan<byte>(arguments[3], Length(arguments[3])), arguments + 4, environment);
        }

        if (count >= 4 && arguments[1][0] == 's')
        {
            s_frames.Open(arguments[2]);
            while (s_frames.Forward(0, arguments[3][0]) > 0)
            {
            }

            return 0;
        }

        if (count == 2 && arguments[1][0] == 'c')
        {
            HostDate.Take();
            return 0;
        }

        if (count >= 3 && arguments[1][0] == 'd')
        {
            s_frames.Open(arguments[2]);
            ToolDate.Take(arguments[2], ref s_frames);
            return 0;
        }

        if (count >= 5 && arguments[1][0] == 't')
        {
            s_frames.Open(arguments[2]);
            s_frames.Send(arguments[3][0], new ReadOnlySpan<byte>(arguments[4], Length(arguments[4])));
            return 0;
        }

        ReportClock(clock);
        Linux.PowerOff();
        return 1;
    }

    /// <summary>A check of the core library failed, which only a mistake in this program can bring about.</summary>
    [RuntimeExport("tierce_fail")]
    public static void Fail(int reason) => Linux.Exit(reason);

    /// <summary>Length of a text that ends with 0, as far as a frame carries it.</summary>
    private static int Length(byte* text)
    {
        int length = 0;
        while (length < FrameFormat.LargestPayload && text[length] != 0)
        {
            length++;
        }

        return length;
    }

    private static void ReportClock(ulong clock)
    {
        byte* line = stackalloc byte[64];
        ReadOnlySpan<byte> text = "tierce: init tsc="u8;
        for (int i = 0; i < text.Length; i++)
        {
            line[i] = text[i];
        }

        int size = text.Length + Digits.Format(clock, line + text.Length);
        line[size++] = (byte)'\n';
        Linux.WriteAll(1, line, size);
    }

    private static void WriteStatus(byte* path, int status)
    {
        byte* digits = stackalloc byte[16];
        int file = Linux.Create(path);
        Linux.WriteAll(file, digits, Digits.Format((ulong)status, digits));
        Linux.Close(file);
    }

    private static int Run(byte** arguments, byte** environment)
    {
        int* ends = stackalloc int[6];
        for (int i = 0; i < 6; i += 2)
        {
            if (Linux.Pipe(ends + i) < 0)
            {
                return NotStarted;
            }
        }

        // What the child writes goes out before its next instruction, which may stop the kernel.
        Linux.RunFirst();
        int child = Linux.Fork();
        if (child == 0)
        {
            Linux.NewSession();
            Linux.IgnoreBrokenPipes(false);
            Linux.Duplicate(ends[0], 0);
            Linux.Duplicate(ends[3], 1);
            Linux.Duplicate(ends[5], 2);
            Linux.Execute(arguments[0], arguments, environment);
            Linux.Exit(NotStarted);
        }

        Linux.Close(ends[0]);
        Linux.Close(ends[3]);
        Linux.Close(ends[5]);
        return child < 0 ? NotStarted : Carry(child, ends[1], ends[2], ends[4]);
    }

    /// <summary>Carries bytes both ways until the child has ended and what it wrote has been sent.</summary>
    private static int Carry(int child, int input, int output, int error)
    {
        const int Entries = 4;
        Linux.PollEntry* entries = stackalloc Linux.PollEntry[Entries];
        entries[0] = new Linux.PollEntry { File = output, Events = Linux.PollIn };
        entries[1] = new Linux.PollEntry { File = error, Events = Linux.PollIn };
        entries[2] = new Linux.PollEntry { File = ConsoleFile, Events = Linux.PollIn };
        entries[3] = new Linux.PollEntry { File = Linux.OpenProcess(child), Events = Linux.PollIn };

        // A child may end while processes that it started hold its pipes open. A kernel too old to tell is asked again and again.
        int limit = entries[3].File >= 0 ? -1 : LongestWait;
        bool ended = false;
        int status = 0;
        while (true)
        {
            for (int i = 0; i < Entries; i++)
            {
                entries[i].Returned = 0;
            }

            Linux.Poll(entries, Entries, ended ? 0 : limit);
            bool moved = Drain(ref entries[0], (byte)'o') | Drain(ref entries[1], (byte)'e');
            TakeInput(ref entries[2], ref input);
            if (ended && !moved)
            {
                // Counted as all before it: the tool knows by it that it has everything.
                s_frames.Send((byte)'d', default);
                return Code(status);
            }

            ended = ended || Linux.Wait(child, &status, Linux.NoHang) == child;
            entries[3].File = ended ? -1 : entries[3].File;
        }
    }

    /// <summary>
    /// Carries input on, but only while the child's pipe has room: blocked here, the child's own output would go undrained.
    /// Without room the entry watches the pipe instead of the console.
    /// </summary>
    private static void TakeInput(ref Linux.PollEntry entry, ref int input)
    {
        if (entry.Returned == 0)
        {
            return;
        }

        if (entry.Events == Linux.PollOut)
        {
            entry.File = ConsoleFile;
            entry.Events = Linux.PollIn;
            return;
        }

        if (input >= 0)
        {
            Linux.PollEntry room = new() { File = input, Events = Linux.PollOut };
            if (Linux.Poll(&room, 1, 0) == 0)
            {
                entry.File = input;
                entry.Events = Linux.PollOut;
                return;
            }
        }

        byte* buffer = stackalloc byte[InputDecoder.Piece];
        long size = Linux.Read(ConsoleFile, buffer, InputDecoder.Piece);
        if (size <= 0)
        {
            entry.File = -1;
            return;
        }

        s_decoder.Take(new ReadOnlySpan<byte>(buffer, (int)size), ref s_frames, ref input);
    }

    private static bool Drain(ref Linux.PollEntry entry, byte type)
    {
        if (entry.Returned == 0)
        {
            return false;
        }

        if (s_frames.Forward(entry.File, type) <= 0)
        {
            Linux.Close(entry.File);
            entry.File = -1;
        }

        return true;
    }

    /// <summary>Turns Linux's wait status into a shell's: the exit code, or 128 plus the signal.</summary>
    public static int Code(int status) => (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
}
