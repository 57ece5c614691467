using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>A checked ROM header: how many frames its two parts take, and where their bytes are in the file.</summary>
public readonly struct RomImageHeader
{
    /// <summary>Most bytes of either part: the distance between the addresses at which the parts are linked.</summary>
    private const ulong MaxBytes = HoleLayout.RomData - HoleLayout.RomText;

    /// <summary>Frames of text and read-only data, and of data.</summary>
    public readonly ulong TextFrames, DataFrames;

    /// <summary>Where initialised data starts in the file, and its bytes.</summary>
    public readonly int DataOffset, DataBytes;

    /// <summary>Entries of the ROM for a guest that calls or jumps instead of trapping: any hypercall, and iret.</summary>
    public readonly ulong HypercallCallEntry, IretEntry;

    /// <summary>Entries that a guest calls whose page-table functions are patched.</summary>
    public readonly ulong SetEntryEntry, PinTablesEntry, UnpinTablesEntry, AllocateLowestEntry, AllocateUpperEntry, ReleaseTableEntry, FlushPageEntry;

    /// <summary>Entries that it calls to switch between processes.</summary>
    public readonly ulong WriteRootEntry, LoadStackEntry, ReadUserBaseEntry, WriteUserBaseEntry;

    /// <inheritdoc cref="RomHeader.Identity"/>
    public readonly ulong Identity;

    private RomImageHeader(in RomHeader raw, ulong textFrames, ulong dataFrames, int dataOffset, int dataBytes)
    {
        HypercallCallEntry = raw.HypercallCallEntry;
        IretEntry = raw.IretEntry;
        SetEntryEntry = raw.SetEntryEntry;
        PinTablesEntry = raw.PinTablesEntry;
        UnpinTablesEntry = raw.UnpinTablesEntry;
        AllocateLowestEntry = raw.AllocateLowestEntry;
        AllocateUpperEntry = raw.AllocateUpperEntry;
        ReleaseTableEntry = raw.ReleaseTableEntry;
        FlushPageEntry = raw.FlushPageEntry;
        WriteRootEntry = raw.WriteRootEntry;
        LoadStackEntry = raw.LoadStackEntry;
        ReadUserBaseEntry = raw.ReadUserBaseEntry;
        WriteUserBaseEntry = raw.WriteUserBaseEntry;
        Identity = raw.Identity;
        TextFrames = textFrames;
        DataFrames = dataFrames;
        DataOffset = dataOffset;
        DataBytes = dataBytes;
    }

    /// <summary>Bytes of the read-only part in the file (the file may end before its last page does).</summary>
    public int TextBytes(ReadOnlySpan<byte> file)
    {
        ulong bytes = TextFrames << 12;
        ulong limit = DataBytes != 0 ? (ulong)DataOffset : (ulong)file.Length;
        return (int)(bytes < limit ? bytes : limit);
    }

    /// <summary>The bytes after all that is loaded: the table of the ROM's functions, for reports.</summary>
    public ReadOnlySpan<byte> Symbols(ReadOnlySpan<byte> file) => DataBytes == 0 ? default : file.Slice(DataOffset + DataBytes);

    /// <summary>Reads the header at the start of a ROM image.</summary>
    /// <returns>BadRom; or OtherRom, with the header, if the image is of another build than this monitor.</returns>
    public static unsafe BuildError Read(ReadOnlySpan<byte> file, out RomImageHeader header)
    {
        header = default;
        if (file.Length < sizeof(RomHeader))
        {
            return BuildError.BadRom;
        }

        RomHeader raw = MemoryMarshal.Read<RomHeader>(file);
        ulong size = (ulong)file.Length;
        ulong text = raw.ReadOnlyEnd - HoleLayout.RomText;
        ulong data = raw.DataEnd - HoleLayout.RomData;
        bool sane = raw.Magic == RomHeader.ExpectedMagic
            && text != 0 && text <= MaxBytes && (text & 4095) == 0
            && data <= MaxBytes && (data & 4095) == 0
            && raw.DataFileOffset <= size && raw.DataFileSize <= size - raw.DataFileOffset && raw.DataFileSize <= data
            && raw.HypercallCallEntry - HoleLayout.RomText < text && raw.IretEntry - HoleLayout.RomText < text;
        if (!sane)
        {
            return BuildError.BadRom;
        }

        header = new RomImageHeader(raw, text >> 12, data >> 12, (int)raw.DataFileOffset, (int)raw.DataFileSize);
        return raw.Identity == Machine.AbiIdentity() ? BuildError.None : BuildError.OtherRom;
    }
}
