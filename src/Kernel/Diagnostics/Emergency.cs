using System;
using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// Output that depends on nothing else: to the log, and to the first serial port, polled. Panics use it, and the log if an option requests
/// that.
/// </summary>
internal static class Emergency
{
    private const ushort Data = 0x3f8, LineStatus = 0x3fd;
    private const byte TransmitterEmpty = 0x20;

    /// <summary>Number of polls after which a character for a port that does not answer is dropped.</summary>
    private const int Patience = 100_000;

    private static ushort exitPort;
    private static bool takesLog;

    /// <summary>A panic ends a test machine through this port (QEMU's isa-debug-exit); 0: it halts.</summary>
    internal static void UseExitPort(ushort port) => exitPort = port;

    /// <summary>Sends the whole log to the serial port too.</summary>
    internal static void UseForLog() => takesLog = true;

    /// <summary>A character of the log.</summary>
    public static void LogByte(byte character)
    {
        if (takesLog)
        {
            Transmit(character);
        }
    }

    /// <summary>Writes text.</summary>
    public static void Text(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            Write(text[i]);
        }
    }

    /// <summary>Writes a label and a number in hexadecimal.</summary>
    public static void Field(ReadOnlySpan<byte> label, ulong value)
    {
        Text(label);
        Text("0x"u8);
        for (int shift = 60; shift >= 0; shift -= 4)
        {
            uint digit = (uint)(value >> shift) & 15;
            Write((byte)(digit < 10 ? '0' + digit : 'a' + digit - 10));
        }
    }

    /// <summary>Ends the line.</summary>
    public static void Line() => Write((byte)'\n');

    /// <summary>Ends the machine if it is a test machine.</summary>
    public static void ExitTestMachine()
    {
        const byte PanicStatus = 0x7f;
        if (exitPort != 0)
        {
            Cpu.Out8(exitPort, PanicStatus);
        }
    }

    private static void Write(byte character)
    {
        LogOutput.Write(character);
        if (!takesLog)
        {
            Transmit(character);
        }
    }

    private static void Transmit(byte character)
    {
        for (int i = 0; i < Patience && (Cpu.In8(LineStatus) & TransmitterEmpty) == 0; i++)
        {
        }

        Cpu.Out8(Data, character);
    }
}
