using System;

namespace Tierce.Hosted;

/// <summary>Counts branches of the code under test: <see cref="Instrumentation"/> puts a call of <see cref="Visit"/> before each block of it.</summary>
public static class EdgeMap
{
    /// <summary>Counters; a branch has one by the numbers of its two blocks.</summary>
    public const int Size = 1 << 14;

    /// <summary>Blocks that one input may pass before it counts as one that does not end.</summary>
    private const int MostBlocks = 2_000_000;

    private static readonly byte[] s_hits = new byte[Size];
    private static int s_previous;
    private static int s_left;

    /// <summary>The counters of this assembly.</summary>
    public static byte[] Hits => s_hits;

    /// <summary>Another input begins.</summary>
    public static void Begin()
    {
        Array.Clear(s_hits);
        s_previous = 0;
        s_left = MostBlocks;
    }

    /// <summary>A block begins.</summary>
    public static void Visit(int block)
    {
        s_hits[(s_previous ^ block) & (Size - 1)]++;
        s_previous = block >> 1;
        if (--s_left < 0)
        {
            throw new InvalidOperationException("does not end");
        }
    }
}
