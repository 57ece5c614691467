namespace Tierce.Runtime.Devices;

/// <summary>
/// The words with which root describes a client to the driver of its disk (grants of the purpose ClientFact). Word w of client n is number
/// n * <see cref="Words"/> + w.
/// </summary>
public static class ClientFacts
{
    /// <summary>1 if it may not write.</summary>
    public const int ReadOnly = 0;

    /// <summary>First sector of its part of the disk. The client counts sectors from here.</summary>
    public const int FirstSector = 1;

    /// <summary>Sectors of its part.</summary>
    public const int Sectors = 2;

    /// <summary>Words of a client.</summary>
    public const int Words = 3;
}
