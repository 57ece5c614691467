using System.Runtime.InteropServices;
using System.Text;
using Tierce.Abi;

namespace Tierce.ImageTool;

/// <summary>Writes the table that images carry for their backtraces: <see cref="SymbolTable"/>.</summary>
internal static class SymbolTableWriter
{
    private const int LongestName = 120;

    /// <summary>The bytes of the section <c>.symbols</c>.</summary>
    public static byte[] Write(IReadOnlyList<ImageFunction> functions)
    {
        if (functions.Count == 0)
        {
            throw new ImageException("the image has no functions");
        }

        ulong start = functions[0].Address;
        var names = new List<byte>();
        var output = new List<byte>();
        var entries = new List<SymbolEntry>();
        foreach (ImageFunction function in functions)
        {
            byte[] name = Encoding.ASCII.GetBytes(function.Name.Length <= LongestName ? function.Name : function.Name[..LongestName]);
            entries.Add(new SymbolEntry
            {
                Offset = checked((uint)(function.Address - start)),
                Size = checked((uint)function.Size),
                NameOffset = (uint)names.Count,
                NameLength = (ushort)name.Length,
                FrameWords = checked((ushort)((function.Frame?.CfaOffset ?? 0) / 8)),
                SavedRbpWords = checked((byte)((function.Frame?.SavedRbpOffset ?? 0) / 8)),
                Flags = function.Frame is null ? SymbolEntry.FrameUnknown : function.Frame.FromRbp ? SymbolEntry.FrameFromRbp : (byte)0,
            });
            names.AddRange(name);
        }

        var header = new SymbolTableHeader
        {
            Magic = SymbolTableHeader.ExpectedMagic,
            Base = start,
            Count = (uint)entries.Count,
            NameBytes = (uint)names.Count,
        };
        output.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<SymbolTableHeader>(in header)));
        output.AddRange(MemoryMarshal.AsBytes<SymbolEntry>(CollectionsMarshal.AsSpan(entries)));
        output.AddRange(names);
        return [.. output];
    }
}
