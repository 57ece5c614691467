using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>The changes of Linux beyond the stubs (<see cref="EntryWay.PatchMore"/>).</summary>
internal static class LinuxPatches
{
    /// <summary>The result of <see cref="Apply"/> if it recognises no function.</summary>
    public const uint All = (1u << LinuxFunctions.Count) - 1;

    /// <summary>Four bytes of no limit.</summary>
    private static ReadOnlySpan<byte> NoLimit => [0, 0, 0, 0];

    /// <summary>Makes the changes that fit the kernel.</summary>
    /// <param name="memory">The guest's memory.</param>
    /// <param name="kernel">Its kernel's file, whose segments are loaded.</param>
    /// <param name="notes">The file's notes.</param>
    /// <param name="rom">The ROM's entries.</param>
    /// <param name="whole">All of them or none.</param>
    /// <returns>One bit for each <see cref="LinuxFunction"/> that stays unchanged.</returns>
    public static uint Apply(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom, bool whole)
    {
        Span<int> places = stackalloc int[LinuxFunctions.MemorySize];
        Span<ulong> names = stackalloc ulong[CodeSymbols.MemorySize];
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            if (!LinuxFunctions.IsText(segment, isInitial: false))
            {
                continue;
            }

            LinuxFunctions functions = new(kernel.Bytes(segment), segment.VirtualAddress, places, new CodeSymbols(names));
            if (Unusable(functions) is var unusable && (unusable == All || (whole && unusable != 0)))
            {
                return All;
            }

            new LinuxChanges(functions, segment.VirtualAddress, segment.PhysicalAddress - notes.PhysicalOffset).Apply(ref memory, rom);
            if (functions.IsUsable(LinuxFunction.Translate))
            {
                _ = IdentityCalls.Change(ref memory, kernel, notes.PhysicalOffset);
            }

            DropHotplugLimit(ref memory, kernel, notes);
            ChangeBases(ref memory, kernel.Bytes(segment), segment.PhysicalAddress - notes.PhysicalOffset, rom);
            return unusable;
        }

        return All;
    }

    /// <summary>One bit for each function that may not be changed.</summary>
    public static uint Unusable(LinuxFunctions functions)
    {
        uint unusable = 0;
        for (int i = 0; i < LinuxFunctions.Count; i++)
        {
            unusable |= functions.IsUsable((LinuxFunction)i) ? 0 : 1u << i;
        }

        return unusable;
    }

    private static void ChangeBases(ref GuestMemory memory, ReadOnlySpan<byte> text, ulong physical, in RomImageHeader rom)
    {
        int at = BaseFunctions.Find(text);
        if (at >= 0)
        {
            Span<byte> code = stackalloc byte[BaseFunctions.Size];
            text.Slice(at, BaseFunctions.Size).CopyTo(code);
            BaseFunctions.Change(code, rom.ReadUserBaseEntry, rom.WriteUserBaseEntry);
            memory.Copy(physical + (ulong)at, code);
        }
    }

    /// <summary>
    /// Linux 6.1 sizes its frame list for memory that might be plugged in later: 512 GiB, whose 134 million places it tests one by one at
    /// boot. A guest of Tierce never gets more memory than at its start, so the limit can be nothing, and the list is as long as the
    /// memory. Newer kernels have no such limit.
    /// </summary>
    private static void DropHotplugLimit(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes)
    {
        Span<int> places = stackalloc int[CodeMatcher.Places];
        Span<int> difference = stackalloc int[2];
        Span<ulong> names = stackalloc ulong[CodeSymbols.MemorySize];
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            if (LinuxFunctions.IsText(segment, isInitial: true))
            {
                CodeSearch search = new(kernel.Bytes(segment), segment.VirtualAddress, new CodeSymbols(names), difference);
                if (search.Find("xen_vmalloc_p2m_tree"u8, step: 1, places) == CodeFinding.Found)
                {
                    memory.Copy(segment.PhysicalAddress - notes.PhysicalOffset + (ulong)places[LinuxFunctions.Change], NoLimit);
                }
            }
        }
    }
}
