using System.Runtime.InteropServices;

namespace Tierce.Kernel.Loading;

/// <summary>The information of a PVH boot loader.</summary>
/// <remarks>Layout: Xen public header <c>arch-x86/hvm/start_info.h</c>, version 1.</remarks>
[StructLayout(LayoutKind.Sequential)]
internal struct StartInfo
{
    /// <summary>"xEn3" with the top bit of the E set.</summary>
    public const uint ExpectedMagic = 0x336e_c578;

    public uint Magic, Version, Flags, ModuleCount;
    public ulong Modules, CommandLine, Rsdp, MemoryMap;
    public uint MemoryMapEntries, Reserved;
}

/// <summary>A module, and an entry of the memory map, of <see cref="StartInfo"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct StartModule
{
    public ulong Address, Size, CommandLine, Reserved;
}

/// <inheritdoc cref="StartModule"/>
[StructLayout(LayoutKind.Sequential)]
internal struct StartMemory
{
    /// <summary>The type of usable memory, as in ACPI's E820 table.</summary>
    public const uint Ram = 1;

    public ulong Address, Size;
    public uint Type, Reserved;
}
