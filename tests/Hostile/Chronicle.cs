using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>
/// What survives a life: a guest that is started again finds the memory that it had, except what its builder writes. Two copies at the end
/// of RAM; an attack may destroy them, and then the count begins again.
/// </summary>
internal static unsafe class Chronicle
{
    private const ulong Mark = 0x6872_6f6e_6963_6c65;

    /// <summary>Lives that have begun, this one included.</summary>
    public static ulong Lives;

    /// <summary>Hypercalls that returned or were survived, and kernel calls, in all lives.</summary>
    public static ulong Hypercalls, RawCalls;

    /// <summary>Other attempts, in all lives.</summary>
    public static ulong Attempts;

    /// <summary>Reads what the lives before have left; begins at <paramref name="first"/> if there is nothing.</summary>
    public static void Open(ulong first)
    {
        Lives = first;
        for (ulong copy = 1; copy <= 2; copy++)
        {
            ulong* words = Words(copy);
            if (words[0] == Mark && words[5] == Sum(words) && words[1] >= Lives)
            {
                Lives = words[1];
                Hypercalls = words[2];
                RawCalls = words[3];
                Attempts = words[4];
            }
        }
    }

    /// <summary>Writes both copies.</summary>
    public static void Save()
    {
        for (ulong copy = 1; copy <= 2; copy++)
        {
            ulong* words = Words(copy);
            words[0] = Mark;
            words[1] = Lives;
            words[2] = Hypercalls;
            words[3] = RawCalls;
            words[4] = Attempts;
            words[5] = Sum(words);
        }
    }

    private static ulong* Words(ulong copy) => Machine.Frame(Machine.Info->RamFrames - copy);

    private static ulong Sum(ulong* words)
    {
        var values = new Values(words[0]);
        ulong sum = 0;
        for (int i = 1; i < 5; i++)
        {
            sum = (sum ^ words[i]) * values.Next();
        }

        return sum;
    }
}
