using System.Buffers.Binary;

namespace Tierce.Monitor;

/// <summary>
/// Writes Xen's start_info, whose address the guest gets in RSI. Offsets: Xen public header <c>xen.h</c>, struct start_info, x86-64.
/// </summary>
public static class StartInfoPage
{
    /// <summary>Port of the xenstore ring's event channel, bound before start.</summary>
    public const int StorePort = 1;

    /// <summary>Port of the console ring's event channel, bound before start.</summary>
    public const int ConsolePort = 2;

    /// <summary>Bytes of cmd_line, the ending zero included.</summary>
    public const int CommandLineSize = Abi.ManifestLimits.CommandLineSize;

    private const int Pages = 32;
    private const int SharedInfo = 40;
    private const int Flags = 48;
    private const int StoreFrame = 56;
    private const int StoreChannel = 64;
    private const int ConsoleFrame = 72;
    private const int ConsoleChannel = 80;
    private const int TableBase = 88;
    private const int TableFrames = 96;
    private const int FrameList = 104;
    private const int ModuleStart = 112;
    private const int ModuleLength = 120;
    private const int CommandLine = 128;
    private const int FirstListFrame = CommandLine + CommandLineSize;
    private const int ListFrames = FirstListFrame + 8;

    /// <summary>SIF_MOD_START_PFN: mod_start is a frame number.</summary>
    private const uint ModuleByFrame = 1 << 3;

    /// <summary>Fills the page. The command line is cut to its room.</summary>
    public static void Write(Span<byte> page, in GuestLayout layout, ReadOnlySpan<byte> commandLine)
    {
        page.Clear();
        "xen-3.0-x86_64"u8.CopyTo(page);
        Put(page, Pages, layout.RamFrames);
        Put(page, SharedInfo, layout.SharedInfo << 12);
        Put(page, StoreFrame, layout.StoreRing);
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(StoreChannel), StorePort);
        Put(page, ConsoleFrame, layout.ConsoleRing);
        BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(ConsoleChannel), ConsolePort);
        Put(page, TableBase, layout.Address(layout.RootFrame));
        Put(page, TableFrames, layout.TableFrames);
        Put(page, FrameList, layout.P2MAddress);
        Put(page, FirstListFrame, layout.P2MFrame);
        Put(page, ListFrames, layout.P2MFrames);
        if (layout.RamDiskBytes != 0)
        {
            uint flags = layout.ModuleByFrame ? ModuleByFrame : 0;
            BinaryPrimitives.WriteUInt32LittleEndian(page.Slice(Flags), flags);
            Put(page, ModuleStart, layout.ModuleByFrame ? layout.RamDiskFrame : layout.Address(layout.RamDiskFrame));
            Put(page, ModuleLength, layout.RamDiskBytes);
        }

        int length = commandLine.Length < CommandLineSize ? commandLine.Length : CommandLineSize - 1;
        commandLine.Slice(0, length).CopyTo(page.Slice(CommandLine));
    }

    private static void Put(Span<byte> page, int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(page.Slice(offset), value);
}
