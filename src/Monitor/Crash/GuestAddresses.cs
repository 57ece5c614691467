using System.Runtime.InteropServices;

namespace Tierce.Monitor;

/// <summary>Reads a stopped guest's memory by its own addresses, through its own page tables, which it does not trust.</summary>
public ref struct GuestAddresses<TFrames>
    where TFrames : struct, IGuestFrames
{
    private const ulong Present = 1, Large = 1 << 7, AddressMask = 0x000f_ffff_ffff_f000;
    private const int Levels = 4;

    private readonly ref TFrames _frames;
    private readonly ulong _count;
    private readonly ulong _root;

    /// <summary>A reader of this number of frames, from a top-level table.</summary>
    public GuestAddresses(ref TFrames frames, ulong count, ulong rootFrame)
    {
        _frames = ref frames;
        _count = count;
        _root = rootFrame;
    }

    /// <summary>Reads 8 bytes at a multiple of 8; false if the guest has no page there.</summary>
    public readonly bool TryRead(ulong address, out ulong value)
    {
        value = 0;
        ulong frame = _root;
        for (int level = Levels; level > 0; level--)
        {
            int index = (int)(address >> (12 + (9 * (level - 1)))) & 511;
            if (frame >= _count)
            {
                return false;
            }

            ulong entry = MemoryMarshal.Read<ulong>(_frames.Frame(frame).Slice(index * sizeof(ulong)));
            if ((entry & Present) == 0 || (level is 2 or 3 && (entry & Large) != 0))
            {
                return false;
            }

            frame = (entry & AddressMask) >> 12;
        }

        if ((address & 7) != 0 || frame >= _count)
        {
            return false;
        }

        value = MemoryMarshal.Read<ulong>(_frames.Frame(frame).Slice((int)(address & 4095)));
        return true;
    }
}
