using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>Numbers that follow from a seed: splitmix64, and the values that checks of arguments are likely to get wrong.</summary>
internal unsafe struct Values
{
    /// <summary>Frames and addresses that attacks may destroy without ending this kernel: below its image, mapped at the virtual base.</summary>
    public const ulong FirstVictim = 16, Victims = 200;

    private ulong _state;

    /// <summary>Starts at a seed.</summary>
    public Values(ulong seed) => _state = seed;

    /// <summary>64 bits.</summary>
    public ulong Next()
    {
        ulong z = _state += 0x9e37_79b9_7f4a_7c15;
        z = (z ^ (z >> 30)) * 0xbf58_476d_1ce4_e5b9;
        z = (z ^ (z >> 27)) * 0x94d0_49bb_1331_11eb;
        return z ^ (z >> 31);
    }

    /// <summary>Below a bound.</summary>
    public ulong Below(ulong bound) => (Next() >> 1) % bound;

    /// <summary>True once in this many times.</summary>
    public bool OneIn(ulong times) => Below(times) == 0;

    /// <summary>A frame of this guest that may be destroyed.</summary>
    public ulong Victim() => FirstVictim + Below(Victims);

    /// <summary>An address at which such a frame is mapped.</summary>
    public ulong VictimAddress() => Xen.VirtualBase + (Victim() << 12) + (Below(8) == 0 ? Below(4096) : Below(512) * 8);

    /// <summary>Anything that an argument may be.</summary>
    public ulong Any()
    {
        ulong random = Next();
        switch (random & 15)
        {
            case 0: return 0;
            case 1: return 1 + (random >> 60);
            case 2: return ulong.MaxValue - (random >> 52);
            case 3: return Next();
            case 4: return random >> 32;
            case 5: return HoleLayout.UserLimit + (random >> 20);
            case 6: return HoleLayout.Start + (Next() % (HoleLayout.End - HoleLayout.Start));
            case 7: return HoleLayout.KernelImage + ((random >> 32) % 0x80_0000);
            case 8 or 9: return VictimAddress();
            case 10: return Victim();
            case 11: return (Victim() << 12) | ((random >> 52) & 0xff8) | ((random >> 8) & 3);
            case 12: return Machine.Info->AllFrames + (random >> 60);
            case 13: return HoleLayout.UserLimit - (random >> 52);
            case 14: return HoleLayout.End - 8 + ((random >> 56) & 15);
            default: return 1UL << (int)((random >> 8) & 63);
        }
    }
}
