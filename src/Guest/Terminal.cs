using System;

namespace Tierce.Guest;

/// <summary>
/// Runs a person's shell on a pseudo-terminal, and carries bytes between that and the console. Nothing tells a serial line's terminal that the
/// window at its other end has another size: the tool says so in a frame among the keys, which this takes out and acts on.
/// </summary>
internal static unsafe class Terminal
{
    /// <summary>Type of a frame with rows and columns, in decimal.</summary>
    private const byte SizeType = (byte)'w';

    private const int Console = 0;
    private const int LastStream = 2;
    private const int Piece = 1024;

    // Requests of ioctl, Linux's asm-generic/ioctls.h; O_RDWR | O_NOCTTY for the one that opens the other end.
    private const uint Unlock = 0x4004_5431, OpenPeer = 0x5441, SetSize = 0x5414, TakeAsTerminal = 0x540e;
    private const long ReadWriteNoTerminal = 0x102;

    private static FrameInput s_input;

    /// <summary>Runs a program on a terminal of its own. Returns its exit status, <see cref="Agent.NotStarted"/> where there are no pseudo-terminals.</summary>
    /// <param name="token">The session's.</param>
    /// <param name="size">Rows and columns at the beginning: decimal, a space between.</param>
    /// <param name="arguments">The program's, its path first.</param>
    /// <param name="environment">The program's.</param>
    public static int Run(byte* token, ReadOnlySpan<byte> size, byte** arguments, byte** environment)
    {
        int unlocked = 0, master;
        fixed (byte* device = "/dev/ptmx\0"u8)
        {
            master = Linux.OpenForBoth(device);
        }

        Linux.Control(master, Unlock, (long)&unlocked);
        int peer = (int)Linux.Control(master, OpenPeer, ReadWriteNoTerminal);
        if (peer < 0)
        {
            return Agent.NotStarted;
        }

        Resize(peer, size);
        int child = Linux.Fork();
        if (child == 0)
        {
            Linux.NewSession();
            Linux.IgnoreBrokenPipes(false);
            Linux.Control(peer, TakeAsTerminal, 0);
            Linux.Close(master);
            for (int file = 0; file <= LastStream; file++)
            {
                Linux.Duplicate(peer, file);
            }

            Linux.Close(peer);
            Linux.Execute(arguments[0], arguments, environment);
            Linux.Exit(Agent.NotStarted);
        }

        // The peer stays open. After the last program has closed it, poll would return at once, again and again, while the shell lives on.
        s_input.Open(token, mixed: false);
        int status = 0;
        Carry(master, child, &status);
        return Agent.Code(status);
    }

    /// <summary>Carries bytes both ways. Returns after the child has ended and all its output has been written to the console.</summary>
    private static void Carry(int master, int child, int* status)
    {
        const int Entries = 3;
        byte* bytes = stackalloc byte[Piece];
        Linux.PollEntry* entries = stackalloc Linux.PollEntry[Entries];
        entries[0] = new Linux.PollEntry { File = Console, Events = Linux.PollIn };
        entries[1] = new Linux.PollEntry { File = master, Events = Linux.PollIn };
        entries[2] = new Linux.PollEntry { File = Linux.OpenProcess(child), Events = Linux.PollIn };
        int limit = entries[2].File >= 0 ? -1 : Agent.LongestWait;
        bool ended = false;
        while (true)
        {
            for (int i = 0; i < Entries; i++)
            {
                entries[i].Returned = 0;
            }

            Linux.Poll(entries, Entries, ended ? 0 : limit);
            bool moved = (entries[1].Returned & Linux.PollIn) != 0 && Show(master, bytes);
            if (entries[0].Returned != 0)
            {
                TakeKeys(master, bytes, ref entries[0], ref entries[1]);
            }

            if ((entries[1].Returned & Linux.PollOut) != 0)
            {
                entries[0].File = Console;
                entries[1].Events = Linux.PollIn;
            }

            if (ended && !moved)
            {
                return;
            }

            ended = ended || Linux.Wait(child, status, Linux.NoHang) == child;
            entries[2].File = ended ? -1 : entries[2].File;
        }
    }

    private static bool Show(int master, byte* bytes)
    {
        long size = Linux.Read(master, bytes, Piece);
        return size > 0 && Linux.WriteAll(1, bytes, size);
    }

    /// <summary>Keys go on while the terminal has room; until it has, its entry watches for that, and the console's for nothing.</summary>
    private static void TakeKeys(int master, byte* bytes, ref Linux.PollEntry console, ref Linux.PollEntry terminal)
    {
        Linux.PollEntry room = new() { File = master, Events = Linux.PollOut };
        if (Linux.Poll(&room, 1, 0) == 0)
        {
            console.File = -1;
            terminal.Events = Linux.PollIn | Linux.PollOut;
            return;
        }

        long size = Linux.Read(Console, bytes, Piece / 2);
        if (size <= 0)
        {
            console.File = -1;
            return;
        }

        byte* keys = bytes + (Piece / 2);
        int count = 0;
        for (long i = 0; i < size; i++)
        {
            FrameStep step = s_input.Take(bytes[i], out int held);
            if (held > 0)
            {
                Linux.WriteAll(master, keys, count);
                count = 0;
                Linux.WriteAll(master, s_input.Start, held);
            }

            if (step == FrameStep.Plain)
            {
                keys[count++] = bytes[i];
            }
            else if (step == FrameStep.Whole && s_input.Type == SizeType)
            {
                Resize(master, s_input.Payload);
            }
        }

        Linux.WriteAll(master, keys, count);
    }

    private static void Resize(int terminal, ReadOnlySpan<byte> text)
    {
        // struct winsize: rows, columns, and the size in pixels, which no program of a text terminal reads.
        ushort* size = stackalloc ushort[4];
        size[2] = 0;
        size[3] = 0;
        int next = 0;
        for (int i = 0; i < 2; i++)
        {
            size[i] = 0;
            for (; next < text.Length && text[next] is >= (byte)'0' and <= (byte)'9'; next++)
            {
                size[i] = (ushort)((size[i] * 10) + (text[next] - '0'));
            }

            next++;
        }

        Linux.Control(terminal, SetSize, (long)size);
    }
}
