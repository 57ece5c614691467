using Tierce.Abi;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Decodes privileged instructions and software interrupts: prefixes, opcode, and ModRM with its operand. It decodes memory operands as
/// those of 64-bit code, which guest kernel is. Other instructions decode to opcodes that the emulator does not know.
/// </summary>
internal static unsafe class Decoder
{
    /// <summary>Longest instruction, with Xen's prefix before it.</summary>
    internal const int MostBytes = 15 + ForcedPrefixLength;

    private const int ForcedPrefixLength = 5;

    /// <summary>Decodes one instruction. Returns false if the bytes end too early.</summary>
    /// <param name="bytes">The code.</param>
    /// <param name="frame">Registers, for a memory operand's address.</param>
    /// <param name="mode">How the code of its segment is decoded.</param>
    /// <param name="result">The instruction; complete if the result is true.</param>
    internal static bool Decode(ReadOnlySpan<byte> bytes, RegisterFrame* frame, CodeMode mode, Instruction* result)
    {
        int at = 0;
        result->Forced = IsForced(bytes);
        if (result->Forced)
        {
            at = ForcedPrefixLength;
        }

        result->Narrow = mode == CodeMode.Bits16;
        result->Repeats = false;
        result->Segment = 0;
        result->Rex = 0;
        result->ModRm = -1;
        result->Address = 0;
        for (; at < bytes.Length && IsPrefix(bytes[at]); at++)
        {
            if (bytes[at] == 0x66)
            {
                result->Narrow = mode != CodeMode.Bits16;
            }

            result->Repeats |= bytes[at] is 0xf2 or 0xf3;
            result->Segment = bytes[at] is 0x64 or 0x65 ? bytes[at] : result->Segment;
        }

        if (mode == CodeMode.Bits64 && at < bytes.Length && (bytes[at] & 0xf0) == 0x40)
        {
            result->Rex = bytes[at++];
        }

        if (at >= bytes.Length)
        {
            return false;
        }

        result->Opcode = bytes[at++];
        if (result->Opcode == 0x0f)
        {
            if (at >= bytes.Length)
            {
                return false;
            }

            result->Opcode = Instruction.TwoByte | bytes[at++];
        }

        if (HasModRm(result->Opcode) && !ReadModRm(bytes, ref at, frame, result))
        {
            return false;
        }

        if (HasImmediateByte(result->Opcode))
        {
            if (at >= bytes.Length)
            {
                return false;
            }

            result->Immediate = bytes[at++];
        }

        result->Length = at;
        return true;
    }

    private static bool IsForced(ReadOnlySpan<byte> bytes) =>
        bytes.Length > ForcedPrefixLength && bytes[0] == 0x0f && bytes[1] == 0x0b && bytes[2] == 'x' && bytes[3] == 'e' && bytes[4] == 'n';

    private static bool IsPrefix(byte value) =>
        value is 0x66 or 0x67 or 0xf0 or 0xf2 or 0xf3 or 0x26 or 0x2e or 0x36 or 0x3e or 0x64 or 0x65;

    private static bool HasModRm(int opcode) => opcode is
        (Instruction.TwoByte | 0x00) or (Instruction.TwoByte | 0x01) or (>= (Instruction.TwoByte | 0x20) and <= (Instruction.TwoByte | 0x23));

    private static bool HasImmediateByte(int opcode) => opcode is (>= 0xe4 and <= 0xe7) or 0xcd;

    private static bool ReadModRm(ReadOnlySpan<byte> bytes, ref int at, RegisterFrame* frame, Instruction* result)
    {
        if (at >= bytes.Length)
        {
            return false;
        }

        int modRm = bytes[at++];
        result->ModRm = modRm;
        int mod = modRm >> 6;
        if (mod == 3 || result->Opcode >= (Instruction.TwoByte | 0x20))
        {
            return true; // moves of control and debug registers use registers only, whatever mod is
        }

        ulong address = 0;
        int rm = modRm & 7;
        bool relative = false;
        if (rm == 4)
        {
            if (at >= bytes.Length)
            {
                return false;
            }

            int sib = bytes[at++];
            int index = (sib >> 3 & 7) | ((result->Rex & 2) << 2);
            int start = sib & 7;
            if (index != 4)
            {
                address = *Registers.Get(frame, index) << (sib >> 6);
            }

            if (start == 5 && mod == 0)
            {
                mod = 2;
            }
            else
            {
                address += *Registers.Get(frame, start | ((result->Rex & 1) << 3));
            }
        }
        else if (rm == 5 && mod == 0)
        {
            relative = true;
            mod = 2;
        }
        else
        {
            address = *Registers.Get(frame, rm | ((result->Rex & 1) << 3));
        }

        int size = mod == 1 ? 1 : mod == 2 ? 4 : 0;
        if (at + size > bytes.Length)
        {
            return false;
        }

        if (size == 1)
        {
            address += (ulong)(sbyte)bytes[at];
        }
        else if (size == 4)
        {
            address += (ulong)(bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
        }

        at += size;
        address = relative ? address + frame->Rip + (ulong)at : address;
        result->Address = address + (result->Segment == 0x64 ? Machine.ReadFsBase() : result->Segment == 0x65 ? Machine.ReadGsBase() : 0);
        return true;
    }
}
