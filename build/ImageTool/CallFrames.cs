using System.Buffers.Binary;

namespace Tierce.ImageTool;

/// <summary>A function's frame in its body: the upper end (CFA) is a register plus an offset; where RBP is saved below it.</summary>
internal sealed record CallFrame(ulong Start, ulong Size, bool FromRbp, int CfaOffset, int SavedRbpOffset);

/// <summary>
/// Reads <c>.eh_frame</c>. Of each function only the last rule counts: the compiler describes the prologue, and the rule that
/// stands at its end holds for the whole body, where all calls are.
/// </summary>
/// <remarks>Source of the encodings: DWARF 4, section 6.4, and the Linux Standard Base, "Exception Frames".</remarks>
internal static class CallFrames
{
    private const int Rbp = 6;
    private const int Rsp = 7;

    /// <summary>The frames of all functions that the file describes.</summary>
    public static List<CallFrame> Read(ElfFile elf)
    {
        var frames = new List<CallFrame>();
        foreach (ElfSection section in elf.Sections.Where(s => s.Name == ".eh_frame"))
        {
            ReadOnlySpan<byte> data = elf.Contents(section);
            int at = 0;
            while (at + 4 <= data.Length)
            {
                int length = BinaryPrimitives.ReadInt32LittleEndian(data[at..]);
                if (length == 0)
                {
                    break;
                }

                int body = at + 4, cieDistance = BinaryPrimitives.ReadInt32LittleEndian(data[body..]);
                if (cieDistance != 0)
                {
                    frames.Add(ReadFunction(data, body, body + length, body - cieDistance, section.Address));
                }

                at = body + length;
            }
        }

        return frames;
    }

    private static CallFrame ReadFunction(ReadOnlySpan<byte> data, int body, int end, int cie, ulong sectionAddress)
    {
        Common common = ReadCommon(data, cie);
        int at = body + 4;
        ulong start = common.PointerEncoding switch
        {
            // DW_EH_PE_pcrel | DW_EH_PE_sdata4
            0x1b => sectionAddress + (ulong)at + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(data[at..]),

            // DW_EH_PE_sdata4, DW_EH_PE_udata4
            0x0b or 0x03 => (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(data[at..]),
            _ => throw new ImageException($".eh_frame: pointer encoding 0x{common.PointerEncoding:x} is not known"),
        };
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(data[(at + 4)..]);
        at += 8;
        if (common.HasAugmentation)
        {
            int skip = (int)Unsigned(data, ref at);
            at += skip;
        }

        var state = new State { Register = Rsp, Offset = 8 };
        Run(data, common.InstructionsStart, common.InstructionsEnd, common.DataFactor, ref state);
        Run(data, at, end, common.DataFactor, ref state);
        return new CallFrame(start, size, state.Register == Rbp, state.Offset, state.SavedRbp);
    }

    private static Common ReadCommon(ReadOnlySpan<byte> data, int at)
    {
        int end = at + 4 + BinaryPrimitives.ReadInt32LittleEndian(data[at..]);
        int position = at + 9;
        string augmentation = string.Empty;
        while (data[position] != 0)
        {
            augmentation += (char)data[position++];
        }

        position++;
        _ = Unsigned(data, ref position);
        int factor = (int)Signed(data, ref position);
        _ = Unsigned(data, ref position);
        byte pointerEncoding = 0;
        if (augmentation.StartsWith('z'))
        {
            int next = (int)Unsigned(data, ref position);
            next += position;
            foreach (char letter in augmentation.AsSpan(1))
            {
                switch (letter)
                {
                    case 'R':
                        pointerEncoding = data[position++];
                        break;
                    case 'L':
                        position++;
                        break;
                    case 'S':
                        break;
                    default:
                        throw new ImageException($".eh_frame: augmentation '{augmentation}' is not known");
                }
            }

            position = next;
        }

        return new Common(factor, pointerEncoding, augmentation.Length > 0, position, end);
    }

    private static void Run(ReadOnlySpan<byte> data, int at, int end, int factor, ref State state)
    {
        while (at < end)
        {
            byte operation = data[at++];
            int low = operation & 0x3f;
            switch (operation >> 6)
            {
                case 1: // DW_CFA_advance_loc
                    continue;
                case 2: // DW_CFA_offset
                    Save(low, (int)Unsigned(data, ref at) * factor, ref state);
                    continue;
                case 3: // DW_CFA_restore
                    continue;
            }

            switch (operation)
            {
                case 0x00: // DW_CFA_nop
                case 0x0a: // DW_CFA_remember_state
                case 0x0b: // DW_CFA_restore_state
                    break;
                case 0x02: // DW_CFA_advance_loc1
                    at += 1;
                    break;
                case 0x03: // DW_CFA_advance_loc2
                    at += 2;
                    break;
                case 0x04: // DW_CFA_advance_loc4
                    at += 4;
                    break;
                case 0x0c: // DW_CFA_def_cfa
                    state.Register = (int)Unsigned(data, ref at);
                    state.Offset = (int)Unsigned(data, ref at);
                    break;
                case 0x0d: // DW_CFA_def_cfa_register
                    state.Register = (int)Unsigned(data, ref at);
                    break;
                case 0x0e: // DW_CFA_def_cfa_offset
                    state.Offset = (int)Unsigned(data, ref at);
                    break;
                case 0x05: // DW_CFA_offset_extended
                    Save((int)Unsigned(data, ref at), (int)Unsigned(data, ref at) * factor, ref state);
                    break;
                case 0x06: // DW_CFA_restore_extended
                case 0x07: // DW_CFA_undefined
                case 0x08: // DW_CFA_same_value
                    _ = Unsigned(data, ref at);
                    break;
                default:
                    throw new ImageException($".eh_frame: operation 0x{operation:x} is not known");
            }
        }
    }

    private static void Save(int register, int offset, ref State state)
    {
        if (register == Rbp)
        {
            state.SavedRbp = -offset;
        }
    }

    private static ulong Unsigned(ReadOnlySpan<byte> data, ref int at)
    {
        ulong value = 0;
        int shift = 0;
        byte part;
        do
        {
            part = data[at++];
            value |= (ulong)(part & 0x7f) << shift;
            shift += 7;
        }
        while ((part & 0x80) != 0);
        return value;
    }

    private static long Signed(ReadOnlySpan<byte> data, ref int at)
    {
        long value = 0;
        int shift = 0;
        byte part;
        do
        {
            part = data[at++];
            value |= (long)(part & 0x7f) << shift;
            shift += 7;
        }
        while ((part & 0x80) != 0);
        return (part & 0x40) != 0 ? value | (-1L << shift) : value;
    }

    private readonly record struct Common(int DataFactor, byte PointerEncoding, bool HasAugmentation, int InstructionsStart, int InstructionsEnd);

    private struct State
    {
        public int Register;
        public int Offset;
        public int SavedRbp;
    }
}
