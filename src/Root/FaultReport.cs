using System.Buffers.Binary;
using Tierce.Abi;
using Tierce.Runtime;

namespace Tierce.Root;

/// <summary>
/// Logs where a domain was when a fault ended it, with its callers by name. Root can do this because it has the domain's image and, though
/// not mapped, its stack. The log is thus complete on every machine, even if the domain itself can no longer write.
/// </summary>
public static unsafe class FaultReport
{
    private const ulong StackWindow = 0x0000_0044_0000_0000;

    /// <summary>A slot without other use: the mapping exists only during one report.</summary>
    private const uint MappingSlot = RootInfo.FirstFreeSlot - 1;

    /// <summary>Writes the report, if the domain's first thread ended by a fault. Other threads' stacks are not known.</summary>
    public static void Write(in DomainParts parts)
    {
        if (new Thread(parts.ThreadSlot).Query(out StackFrame place) != ThreadState.Faulted)
        {
            return;
        }

        const ulong Bottom = DomainBuilder.StackTop - (DomainBuilder.StackPages << 12);
        Status status = new Memory(parts.StackSlot).Map(Domain.Own, StackWindow, 0, DomainBuilder.StackPages, CapRights.Read, MappingSlot);

        // SAFETY: mapped just now, until the deletion below. The contents are the dead domain's and are only read.
        ReadOnlySpan<byte> stack = status == Status.Ok ? new((void*)StackWindow, (int)(DomainBuilder.StackPages << 12)) : default;
        Backtrace.Write(RootInfo.LogSlot, Symbols(Bundle.Bytes(parts.Image)), stack, Bottom, place);
        if (status == Status.Ok)
        {
            new Capability(MappingSlot).Delete();
        }
    }

    /// <summary>The table of functions in an image: it begins at a multiple of 8 in a segment of constants.</summary>
    public static SymbolTable Symbols(ReadOnlySpan<byte> file)
    {
        if (ElfImage.Open(file, out ElfImage image) == ElfError.None)
        {
            for (int i = 0; i < image.SegmentCount; i++)
            {
                ElfSegment segment = image.Segment(i);
                if (segment.Type != ElfSegment.Load || (segment.Flags & (ElfSegment.Executable | ElfSegment.Writable)) != 0)
                {
                    continue;
                }

                ReadOnlySpan<byte> bytes = image.Bytes(segment);
                for (int at = 0; at + sizeof(ulong) <= bytes.Length; at += sizeof(ulong))
                {
                    if (BinaryPrimitives.ReadUInt64LittleEndian(bytes.Slice(at)) == SymbolTableHeader.ExpectedMagic)
                    {
                        return new SymbolTable(bytes.Slice(at));
                    }
                }
            }
        }

        return default;
    }
}
