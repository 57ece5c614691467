using Tierce.Runtime;

namespace Tierce.Monitor;

/// <summary>
/// The changes beyond the stubs (<see cref="EntryWay.PatchMore"/>): all of them or none, but for the calls of helpers
/// (<see cref="IdentityCalls"/>), which may stay: the helpers are changed as well.
/// </summary>
internal static class PatchMore
{
    /// <summary>Looks for each, then makes them.</summary>
    /// <inheritdoc cref="GuestEntry.Arrange"/>
    public static BuildError Apply(ref GuestMemory memory, in ElfImage kernel, in KernelNotes notes, in RomImageHeader rom)
    {
        Span<int> helpers = stackalloc int[TranslationHelpers.Count];
        ulong helperText = 0;
        ulong limit = 0;
        bool hasFunctions = false;
        LinuxFunctions functions = default;
        for (int i = 0; i < kernel.SegmentCount; i++)
        {
            ElfSegment segment = kernel.Segment(i);
            if (segment.Type != ElfSegment.Load || (segment.Flags & ElfSegment.Executable) == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> text = kernel.Bytes(segment);
            ulong physical = segment.PhysicalAddress - notes.PhysicalOffset;
            if ((segment.Flags & ElfSegment.Writable) != 0)
            {
                int offset = HotplugLimit.Find(text);
                limit = offset < 0 ? limit : physical + (ulong)(offset + HotplugLimit.LimitAt);
            }
            else if (helperText == 0 && TranslationHelpers.Find(text, helpers))
            {
                helperText = physical;
                hasFunctions = LinuxFunctions.Find(text, segment.VirtualAddress, out functions);
            }
        }

        if (helperText == 0 || limit == 0 || !hasFunctions)
        {
            return BuildError.NoHelpers;
        }

        foreach (int helper in helpers)
        {
            memory.Copy(helperText + (ulong)helper, TranslationHelpers.Patch);
        }

        _ = IdentityCalls.Change(ref memory, kernel, notes.PhysicalOffset);
        memory.Copy(limit, "\0\0\0\0"u8);
        functions.Change(ref memory, helperText, rom);
        return BuildError.None;
    }
}
