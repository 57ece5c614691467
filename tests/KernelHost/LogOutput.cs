namespace Tierce.Kernel.Diagnostics;

/// <summary>Stands for where the log goes.</summary>
internal static class LogOutput
{
    public static void Write(byte character) => Machine.LogByte(character);
}
