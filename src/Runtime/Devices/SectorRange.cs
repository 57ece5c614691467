namespace Tierce.Runtime.Devices;

/// <summary>A client's part of a disk. The client counts its sectors from 0.</summary>
public readonly struct SectorRange
{
    /// <summary>First sector on the disk.</summary>
    public readonly ulong First;

    /// <summary>Sectors.</summary>
    public readonly ulong Count;

    /// <summary>A part that lies on the disk.</summary>
    public SectorRange(ulong first, ulong count)
    {
        First = first;
        Count = count;
    }

    /// <summary>Translates sectors of the client. Returns false if one of them does not lie in its part.</summary>
    public bool TryTranslate(ulong sector, ulong count, out ulong onDisk)
    {
        onDisk = First + sector;
        return count <= Count && sector <= Count - count;
    }
}
