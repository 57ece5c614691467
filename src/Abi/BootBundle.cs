using System.Runtime.InteropServices;

namespace Tierce.Abi;

/// <summary>
/// The boot bundle: the one module that the boot loader passes to the kernel. It consists of a header, a table of entries, and the files,
/// each at a page boundary, so that a file's pages can be delegated without copying. The file named <c>root</c> is the first program, and
/// <c>manifest</c> is its boot manifest.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public struct BundleHeader
{
    /// <summary>"TierceB1" in ASCII, first character in the lowest byte.</summary>
    public const ulong ExpectedMagic = 0x3142_6563_7265_6954;

    /// <summary><see cref="ExpectedMagic"/>.</summary>
    public ulong Magic;

    /// <summary>Number of <see cref="BundleEntry"/> that follow the header.</summary>
    public ulong Count;

    /// <summary>Bytes of the whole bundle.</summary>
    public ulong Size;

    /// <summary>0.</summary>
    public ulong Reserved;
}

/// <summary>One file of the bundle; 64 bytes.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct BundleEntry
{
    /// <summary>Bytes of <see cref="Name"/>, the ending zero included.</summary>
    public const int NameSize = 48;

    /// <summary>ASCII, padded with zeros.</summary>
    public fixed byte Name[NameSize];

    /// <summary>Offset of the file in the bundle, a multiple of 4096.</summary>
    public ulong Offset;

    /// <summary>Bytes of the file; the rest of its last page is zero.</summary>
    public ulong Size;
}
