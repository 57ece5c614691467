using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Jumps to anywhere, and into random bytes; a timer ends what does not end by itself.</summary>
internal static unsafe class WildAttack
{
    private const int CodeBytes = 64;
    private const ulong LimitsPerSecond = 2000;

    /// <summary>Number of each.</summary>
    public static void Run(ref Values values, ulong rounds)
    {
        byte* code = (byte*)Attempt.ScratchPage();
        for (ulong i = 0; i < rounds; i++)
        {
            Attempt.Fill(ref values);
            Attempt.Run(values.Any() | (values.OneIn(2) ? 0 : HoleLayout.Start));
            Xen.BindTimer();
            Xen.TakeProbe();
            StormAttack.Raw(VmCall.SetTimer, Xen.Tsc() + (Machine.Info->TscHertz / LimitsPerSecond));
            Attempt.Fill(ref values);

            // STI first: the timer's event then ends the attempt. The next bytes are whatever they are.
            code[0] = 0xfb;
            for (int at = 1; at < CodeBytes; at++)
            {
                code[at] = (byte)values.Next();
            }

            *Xen.EventEnds() = 1;
            Attempt.Run((ulong)code);
            *Xen.EventEnds() = 0;
            Xen.Mask();
            Chronicle.Attempts += 2;
            Chronicle.Save();
        }
    }
}
