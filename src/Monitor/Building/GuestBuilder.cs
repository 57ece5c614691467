using System.Runtime.InteropServices;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>Fills a new guest's memory according to its layout.</summary>
public static class GuestBuilder
{
    /// <summary>Copies the kernel's segments to their physical addresses (one of them has virtual address 0: per-CPU data).</summary>
    public static void LoadKernel(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes)
    {
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            if (segment.Type == ElfSegment.Load)
            {
                ulong address = segment.PhysicalAddress - notes.PhysicalOffset;
                memory.Copy(address, kernel.Bytes(segment));
                memory.Clear(address + segment.FileSize, segment.MemorySize - segment.FileSize);
            }
        }
    }

    /// <summary>Copies the RAM disk.</summary>
    public static void LoadRamDisk(ref GuestMemory memory, in GuestLayout layout, ReadOnlySpan<byte> file) =>
        memory.Copy(layout.RamDiskFrame << 12, file);

    /// <summary>Copies the ROM's two parts to their frames.</summary>
    public static void LoadRom(ref GuestMemory memory, in GuestLayout layout, in RomImageHeader header, ReadOnlySpan<byte> file)
    {
        memory.Clear(layout.RomText << 12, (layout.RomTextFrames + layout.RomDataFrames) << 12);
        memory.Copy(layout.RomText << 12, file.Slice(0, header.TextBytes(file)));
        memory.Copy(layout.RomData << 12, file.Slice(header.DataOffset, header.DataBytes));
    }

    /// <summary>Writes both translations between guest frames and machine frames: the same number, up to the end of RAM.</summary>
    public static void WriteTranslations<T>(ref T frames, in GuestLayout layout)
        where T : struct, IGuestFrames
    {
        WriteIdentity(ref frames, layout.P2MFrame, layout.P2MListFrames, layout.RamFrames);
        WriteIdentity(ref frames, layout.MachineToPhysical, layout.MachineToPhysicalFrames, layout.RamFrames);
    }

    /// <summary>Writes tables, start_info, an empty bitmap, zeroed rings and ROM pages.</summary>
    public static void WritePages<T>(ref T frames, in GuestLayout layout, ReadOnlySpan<byte> commandLine)
        where T : struct, IGuestFrames
    {
        for (ulong i = 0; i < layout.TableBitmapFrames; i++)
        {
            frames.Frame(layout.TableBitmap + i).Clear();
        }

        for (ulong i = 0; i < GuestLayout.GrantFrameCount; i++)
        {
            frames.Frame(layout.GrantFrame + i).Clear();
        }

        frames.Frame(layout.StoreRing).Clear();
        frames.Frame(layout.ConsoleRing).Clear();
        frames.Frame(layout.BootStack).Clear();
        frames.Frame(layout.NotePage).Clear();
        InitialTables.Build(ref frames, layout);
        StartInfoPage.Write(frames.Frame(layout.StartInfo), layout, commandLine);
    }

    /// <summary>Completes the page shared with a native guest. Clock and mask are written as for any guest.</summary>
    public static void WriteNativePage(Span<byte> page, in GuestLayout layout, in RomImageHeader rom)
    {
        ref NativePage native = ref MemoryMarshal.AsRef<NativePage>(page);
        native.Call = rom.HypercallCallEntry;
        native.RamFrames = layout.RamFrames;
        native.FreeFrame = layout.UsedRam;
        native.RootFrame = layout.RootFrame;
        native.ConsoleFrame = layout.ConsoleRing;
    }

    /// <summary>
    /// The registers that an interface promises at entry: Xen's start_info in RSI, or a native guest's shared page in RDI; a stack, flat
    /// segments, events masked.
    /// </summary>
    public static void WriteEntryState(Span<byte> page, in GuestLayout layout, in KernelNotes notes)
    {
        // Xen public header arch-x86/xen-x86_64.h: FLAT_RING3_CS64 and FLAT_RING3_SS64.
        const ulong FlatCode = 0xe033;
        const ulong FlatStack = 0xe02b;
        const ulong InterruptsOn = 0x202;
        page.Clear();
        ref VCpuPage state = ref MemoryMarshal.AsRef<VCpuPage>(page);
        state.Usr.Rip = notes.Entry;
        state.Usr.Rsp = layout.Address(layout.BootStack + 1);
        state.Usr.Rsi = layout.Address(layout.StartInfo);
        state.Usr.Rdi = notes.Native ? HoleLayout.Window + (layout.SharedInfo << 12) : 0;
        state.Usr.Cs = FlatCode;
        state.Usr.Ss = FlatStack;
        state.Usr.Rflags = InterruptsOn;
    }

    private static void WriteIdentity<T>(ref T frames, ulong first, ulong count, ulong valid)
        where T : struct, IGuestFrames
    {
        ulong number = 0;
        for (ulong i = 0; i < count; i++)
        {
            Span<ulong> entries = MemoryMarshal.Cast<byte, ulong>(frames.Frame(first + i));
            for (int j = 0; j < entries.Length; j++, number++)
            {
                entries[j] = number < valid ? number : ulong.MaxValue;
            }
        }
    }
}
