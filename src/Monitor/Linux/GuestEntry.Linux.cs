using System.Buffers.Binary;
using Tierce.Runtime;

namespace Tierce.Monitor;

/// <content>The ways that change Linux: its stubs for hypercalls and IRET (<c>patch</c>), and more of its functions (<c>patch-more</c>).</content>
public static partial class GuestEntry
{
    static partial void PatchLinux(
        ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, EntryWay wanted, ref EntryWay way, ref uint unchanged, ref BuildError found)
    {
        if (rom.SetEntryEntry == 0)
        {
            // A ROM built without its half of the room: the changed functions would call address 0.
            return;
        }

        found = PatchStubs(ref memory, kernel, notes, rom);
        if (found == BuildError.None)
        {
            way = EntryWay.Patch;
            if (wanted != EntryWay.Patch)
            {
                unchanged = LinuxPatches.Apply(ref memory, kernel, notes, rom, whole: wanted == EntryWay.PatchMore);
                found = unchanged == LinuxPatches.All ? BuildError.UnknownFunctions : BuildError.None;
                way = found == BuildError.None ? EntryWay.PatchMore : way;
            }
        }
    }

    static partial void NameLinux(ref Log log, uint unchanged)
    {
        for (int i = 0; i < LinuxFunctions.Count; i++)
        {
            log.Text((unchanged & (1u << i)) != 0 ? " "u8 : default);
            log.Text((unchanged & (1u << i)) != 0 ? LinuxFunctions.Name((LinuxFunction)i) : default);
        }
    }

    private static BuildError PatchStubs(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom)
    {
        BuildError error = BuildError.NoStub;
        for (int i = 0; i < kernel.SegmentCount && error == BuildError.NoStub; i++)
        {
            // Text that stays: what is writable too is thrown away after start-up.
            const uint Mask = ElfSegment.Executable | ElfSegment.Writable;
            ElfSegment segment = kernel.Segment(i);
            if (segment.Type == ElfSegment.Load && (segment.Flags & Mask) == ElfSegment.Executable && (segment.VirtualAddress & 4095) == 0)
            {
                error = HypercallStubs.Find(kernel.Bytes(segment), out HypercallStubs stubs);
                if (error == BuildError.None)
                {
                    Write(ref memory, segment.PhysicalAddress - notes.PhysicalOffset, stubs, rom);
                }
            }
        }

        return error;
    }

    private static void Write(ref GuestMemory memory, ulong text, in HypercallStubs stubs, in RomImageHeader rom)
    {
        Span<byte> bytes = stackalloc byte[8];
        StubPatch.WriteHypercall(bytes, stubs.HypercallPointer - stubs.Hypercall);
        memory.Copy(text + (ulong)stubs.Hypercall, bytes);
        StubPatch.WriteIret(bytes, stubs.IretPointer - stubs.Iret);
        memory.Copy(text + (ulong)(stubs.Iret + StubPatch.IretSkip), bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, rom.HypercallCallEntry);
        memory.Copy(text + (ulong)stubs.HypercallPointer, bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, rom.IretEntry);
        memory.Copy(text + (ulong)stubs.IretPointer, bytes);
    }
}
