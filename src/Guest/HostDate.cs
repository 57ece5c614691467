using System;

namespace Tierce.Guest;

/// <summary>
/// Sets the date by what the monitor says in the store. Until Linux has chosen a clock source, some seconds after its start, it counts its
/// timer's ticks, and each that comes late on a busy host makes its date late for good.
/// </summary>
internal static unsafe class HostDate
{
    /// <summary>Number of xenstore's read, and bytes of a message's head (Xen's public <c>io/xs_wire.h</c>).</summary>
    private const uint Read = 2;
    private const int HeadSize = 16;
    private const int MessageSize = 128;
    private const ulong Second = 1_000_000_000;

    /// <summary>Does nothing where there is no such store, or nothing about the clock in it.</summary>
    public static void Take()
    {
        fixed (byte* device = "/dev/xen/xenbus\0"u8)
        {
            int store = Linux.OpenForBoth(device);
            if (store < 0)
            {
                return;
            }

            byte* message = stackalloc byte[MessageSize];
            int size = Ask(store, message);
            Linux.Close(store);
            if (size > 0)
            {
                SetBy(new ReadOnlySpan<byte>(message + HeadSize, size));
            }
        }
    }

    /// <summary>Bytes of the answer, which is after the head; 0 if there is none.</summary>
    private static int Ask(int store, byte* message)
    {
        ReadOnlySpan<byte> path = "/local/domain/1/tierce/clock\0"u8;
        uint* head = (uint*)message;
        head[0] = Read;
        head[1] = 0;
        head[2] = 0;
        head[3] = (uint)path.Length;
        path.CopyTo(new Span<byte>(message + HeadSize, MessageSize - HeadSize));
        if (!Linux.WriteAll(store, message, HeadSize + path.Length))
        {
            return 0;
        }

        long done = 0;
        while (done < HeadSize || done < HeadSize + head[3])
        {
            long more = Linux.Read(store, message + done, MessageSize - done);
            if (more <= 0)
            {
                return 0;
            }

            done += more;
        }

        return head[0] == Read ? (int)head[3] : 0;
    }

    /// <summary>The text: nanoseconds since 1970, the time-stamp counter then, and its ticks a second.</summary>
    private static void SetBy(ReadOnlySpan<byte> text)
    {
        ulong date = Number(ref text), tsc = Number(ref text), hertz = Number(ref text);
        if (hertz == 0)
        {
            return;
        }

        ulong ticks = Linux.Tsc() - tsc;
        Linux.SetDate((long)(date + (ticks / hertz * Second) + (ticks % hertz * Second / hertz)));
    }

    private static ulong Number(ref ReadOnlySpan<byte> text)
    {
        ulong value = 0;
        int i = 0;
        for (; i < text.Length && text[i] is >= (byte)'0' and <= (byte)'9'; i++)
        {
            value = (value * 10) + (ulong)(text[i] - '0');
        }

        text = i < text.Length ? text.Slice(i + 1) : default;
        return value;
    }
}
