using Tierce.Abi;

namespace Tierce.Hostile;

/// <summary>What a guest kernel finds in the hole: it has the ROM's rights.</summary>
internal static unsafe class Machine
{
    // SAFETY: the monitor maps these for every guest (HoleLayout).

    /// <summary>What the monitor told the ROM.</summary>
    public static RomInfo* Info => (RomInfo*)HoleLayout.RomInfoPage;

    /// <summary>The page shared with the kernel.</summary>
    public static VCpuPage* VCpu => (VCpuPage*)HoleLayout.VCpuPage;

    /// <summary>The ROM's header.</summary>
    public static RomHeader* Rom => (RomHeader*)HoleLayout.RomText;

    /// <summary>A frame of this guest, through the window.</summary>
    public static ulong* Frame(ulong frame) => (ulong*)(HoleLayout.Window + (frame << 12));

    /// <summary>A SYSCALL followed by RET in ROM text: calling it makes a kernel call, as the ROM does.</summary>
    public static ulong RawCall()
    {
        byte* text = (byte*)Rom->TextStart;
        while (text[0] != 0x0f || text[1] != 0x05 || text[2] != 0xc3)
        {
            text++;
        }

        return (ulong)text;
    }
}
