using System.Runtime.InteropServices;

namespace Tierce.Kernel.Diagnostics;

/// <summary>
/// The line that one writer is writing to the log: a domain or a virtual CPU. A writer may be preempted between two parts of a line. The
/// log gets the line as a whole, so that lines of several writers do not mix.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct LogLine
{
    /// <summary>Longest line that is not broken, with its end.</summary>
    public const int Size = 160;

    private fixed byte text[Size];

    private int used;

    /// <summary>Adds a character. The line goes to the log when it ends or is full.</summary>
    public static void Add(LogLine* line, byte character)
    {
        Invariant.Holds(line->used is >= 0 and < Size);
        line->text[line->used++] = character;
        if (character == '\n' || line->used == Size)
        {
            Flush(line);
        }
    }

    /// <summary>
    /// Adds up to eight characters that a word packs, the first in the lowest byte; 0 ends them. A character that could disturb a terminal
    /// becomes a question mark.
    /// </summary>
    /// <returns>False if the text ended in this word.</returns>
    public static bool AddWord(LogLine* line, ulong word)
    {
        for (int i = 0; i < sizeof(ulong); i++)
        {
            byte character = (byte)(word >> (8 * i));
            if (character == 0)
            {
                return false;
            }

            bool printable = character is >= (byte)' ' and < 0x7f or (byte)'\n' or (byte)'\t';
            Add(line, printable ? character : (byte)'?');
        }

        return true;
    }

    /// <summary>Logs what was collected, since its writer may add nothing more.</summary>
    public static void Flush(LogLine* line)
    {
        for (int i = 0; i < line->used; i++)
        {
            KernelLog.Byte(line, line->text[i]);
        }

        line->used = 0;
    }
}
