using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Frame numbers beyond this guest's memory: in entries of each level, small and large, and as roots.</summary>
internal static unsafe class ForeignFrames
{
    /// <summary>Bit 7 of an entry above the lowest level: it maps a large page.</summary>
    private const ulong Large = 0x80;

    /// <summary>Most that an entry's 40 bits of frame number can say.</summary>
    private const ulong LastFrame = (1UL << 40) - 1;

    /// <summary>Bits of a frame number, of which each is tried alone.</summary>
    private const int FirstBit = 15, EndBit = 40;

    public static void Tell()
    {
        for (int level = 4; level >= 1; level--)
        {
            Region.Make();
            Lie.ExpectWord(Region.Start, Region.Word);
            Lie.Expect(Lie.Answers(Region.Start, user: true, write: true), Region.Start);
            Lie.Expect(Lie.Answers(Region.Low, user: true, write: true), Region.Low);

            // After this guest's frames lie the kernel's records of it, then other guests; bit by bit, up to what no machine has.
            for (ulong behind = 0; behind < 64; behind++)
            {
                Try(level, Machine.Info->AllFrames + (behind * behind));
            }

            for (int bit = FirstBit; bit < EndBit; bit++)
            {
                Try(level, 1UL << bit);
            }

            Try(level, LastFrame);
        }

        TryRoot(Machine.Info->AllFrames, Region.Root);
        TryRoot(Region.Root, Machine.Info->AllFrames);
        TryRoot(LastFrame, Region.Root);
        TryRoot(ulong.MaxValue, ulong.MaxValue);
        Region.Make();
        Lie.ExpectWord(Region.Start, Region.Word);
    }

    /// <summary>Its own stack is a frame that it does not own.</summary>
    public static void Believe()
    {
        Region.Link(1, (Machine.Info->AllFrames << 12) | Region.All);
        Region.Flush();
        Ending.Fault(Region.Start + 2048);
    }

    private static void Try(int level, ulong frame)
    {
        Region.Link(level, (frame << 12) | Region.All);
        Region.Flush();
        Lie.ExpectNothing(Region.Start);
        Lie.Expect(!Lie.Answers(Region.Low, user: true, write: false), Region.Low);
        if (level is 2 or 3)
        {
            Region.Link(level, (frame << 12) | Region.All | Large);
            Region.Flush();
            Lie.ExpectNothing(Region.Start);
        }
    }

    /// <summary>The kernel's own call: the hypercall compares frame numbers before.</summary>
    private static void TryRoot(ulong kernel, ulong user)
    {
        int outcome = StormAttack.Raw(VmCall.LoadRoot, kernel, user);
        Lie.Expect(outcome == Attempt.Done && (long)Attempt.Result == (long)Status.BadFrame, kernel);
    }
}
