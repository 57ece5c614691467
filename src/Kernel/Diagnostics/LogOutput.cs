using Tierce.Kernel.Arch.Instructions;

namespace Tierce.Kernel.Diagnostics;

/// <summary>Where the log goes. Hosted tests put an imitation in this class's place.</summary>
internal static class LogOutput
{
    private static bool debugConsole;

    /// <summary>Sends the log to QEMU's debug console too.</summary>
    public static void UseDebugConsole() => debugConsole = true;

    /// <summary>Appends one character to the log.</summary>
    public static void Write(byte character)
    {
        const ushort DebugConsolePort = 0xe9;
        if (debugConsole)
        {
            Cpu.Out8(DebugConsolePort, character);
        }

        Emergency.LogByte(character);
    }
}
