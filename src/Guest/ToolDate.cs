using System;

namespace Tierce.Guest;

/// <summary>
/// Sets the date by the tool's, which is asked over the console. The real-time clock, by which the monitor tells the date, knows whole
/// seconds alone, and QEMU's lags by the part of a second in which the machine was started.
/// </summary>
internal static unsafe class ToolDate
{
    /// <summary>Type of the question, and of its answer: nanoseconds since 1970, in decimal.</summary>
    private const byte Type = (byte)'c';

    private const int ConsoleFile = 0;
    private const int PieceSize = 64;

    /// <summary>
    /// The answer that came soonest counts: the date is known to half the time that it took. An answer within <see cref="Soon"/> nanoseconds
    /// ends the questions.
    /// </summary>
    private const long Soon = 10_000_000;
    private const int Questions = 40;

    /// <summary>Milliseconds to wait for an answer. A tool that is alive answers, however slow its host: an answer after that is read as input.</summary>
    private const int Patience = 10_000;

    private static FrameInput s_input;

    /// <summary>Asks and sets. The console is standard input and output, and hands on what it gets.</summary>
    /// <param name="token">The session's.</param>
    /// <param name="frames">Sends the questions.</param>
    public static void Take(byte* token, ref Frames frames)
    {
        s_input.Open(token, mixed: true);
        long soonest = long.MaxValue;
        for (int i = 0; i < Questions && soonest > Soon; i++)
        {
            long asked = Linux.Now();
            frames.Send(Type, default);
            if (!TryRead())
            {
                return;
            }

            long took = Linux.Now() - asked;
            if (took < soonest)
            {
                soonest = took;
                Linux.SetDate(Number(s_input.Payload) + (took / 2));
            }
        }
    }

    private static bool TryRead()
    {
        byte* piece = stackalloc byte[PieceSize];
        Linux.PollEntry console = new() { File = ConsoleFile, Events = Linux.PollIn };
        while (Linux.Poll(&console, 1, Patience) > 0)
        {
            long size = Linux.Read(ConsoleFile, piece, PieceSize);
            if (size <= 0)
            {
                return false;
            }

            for (long i = 0; i < size; i++)
            {
                if (s_input.Take(piece[i], out _) == FrameStep.Whole && s_input.Type == Type)
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static long Number(ReadOnlySpan<byte> digits)
    {
        long value = 0;
        foreach (byte digit in digits)
        {
            value = (value * 10) + (digit - '0');
        }

        return value;
    }
}
