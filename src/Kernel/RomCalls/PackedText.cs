using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.VirtualCpu;

namespace Tierce.Kernel.RomCalls;

/// <summary>Text in registers: eight characters in a word, the first in the lowest byte; 0 ends it.</summary>
internal static unsafe class PackedText
{
    /// <summary>Appends one word's characters to the log, for a virtual CPU.</summary>
    /// <returns>False if the text ended in this word.</returns>
    public static bool Log(VCpu* by, ulong word)
    {
        for (int i = 0; i < 8; i++)
        {
            byte character = (byte)(word >> (8 * i));
            if (character == 0)
            {
                return false;
            }

            bool printable = character is (>= 0x20 and < 0x7f) or (byte)'\n' or (byte)'\t';
            LogLine.Add(&by->Line, printable ? character : (byte)'?');
        }

        return true;
    }
}
