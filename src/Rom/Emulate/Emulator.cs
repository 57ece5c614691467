using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Carries out privileged instructions that guest kernel code hit as #GP, and CPUID behind Xen's prefix, which is #UD.
/// What it does not know stays the exception that it was, and is reflected.
/// </summary>
internal static unsafe class Emulator
{
    private const ulong InvalidOpcode = 6;

    /// <summary>Works on the frame. False: not carried out, the frame is unchanged.</summary>
    internal static bool Run(RegisterFrame* frame, ulong vector, ulong errorCode)
    {
        if (errorCode != 0)
        {
            return false; // A selector: no privileged instruction has one.
        }

        byte* code = stackalloc byte[Decoder.MostBytes];
        int count = Machine.Fetch(code, (byte*)frame->Rip, Decoder.MostBytes);
        Instruction instruction;
        if (!Decoder.Decode(new ReadOnlySpan<byte>(code, count), frame, &instruction) || instruction.Forced != (vector == InvalidOpcode))
        {
            return false;
        }

        bool done = instruction.Forced
            ? instruction.Opcode == (Instruction.TwoByte | 0xa2) && Cpuid(frame)
            : Privileged(frame, &instruction);
        if (done)
        {
            frame->Rip += (ulong)instruction.Length;
        }

        return done;
    }

    private static bool Privileged(RegisterFrame* frame, Instruction* instruction)
    {
        switch (instruction->Opcode)
        {
            case 0xe4:
                InByte(frame, instruction->Immediate);
                return true;
            case 0xec:
                InByte(frame, (ushort)frame->Rdx);
                return true;
            case 0xe5 or 0xed:
                frame->Rax = instruction->Narrow ? frame->Rax | 0xffff : 0xffff_ffff;
                return true;
            case 0xe6 or 0xe7 or 0xee or 0xef:
                return true;
            case 0xf4:
                SchedOp.Block();
                return true;
            case 0xfa:
                Machine.State->VcpuInfo->UpcallMask = 1;
                return true;
            case 0xfb:
                Machine.State->VcpuInfo->UpcallMask = 0;
                return true;
            case Instruction.TwoByte | 0x00:
                return SystemTables.StoreSelector(frame, instruction);
            case Instruction.TwoByte | 0x01:
                return Group7(frame, instruction);
            case Instruction.TwoByte | 0x06:
                Machine.State->Cr0 &= ~ControlRegisters.TaskSwitched;
                return true;
            case Instruction.TwoByte | 0x08 or Instruction.TwoByte | 0x09:
                return true; // INVD, WBINVD: no device shares memory with the guest past the caches.
            case Instruction.TwoByte | 0x20:
                return ControlRegisters.Read(instruction->Reg, Registers.Get(frame, instruction->Rm));
            case Instruction.TwoByte | 0x21:
                return ReadDebug(instruction->Reg, Registers.Get(frame, instruction->Rm));
            case Instruction.TwoByte | 0x22:
                return ControlRegisters.Write(instruction->Reg, *Registers.Get(frame, instruction->Rm));
            case Instruction.TwoByte | 0x23:
                return DebugRegister.Set((ulong)instruction->Reg, *Registers.Get(frame, instruction->Rm)) == 0;
            case Instruction.TwoByte | 0x30:
                return Msr.Write((uint)frame->Rcx, (frame->Rdx << 32) | (uint)frame->Rax);
            case Instruction.TwoByte | 0x32:
                return ReadMsr(frame);
            default:
                return false;
        }
    }

    /// <summary>
    /// Every port is absent and reads as all ones, but for the 8254 timer's counters: with 0 they are seen to stand still at once,
    /// while ones look like a counter just started, which Linux would read 50,000 times for its next value.
    /// </summary>
    private static void InByte(RegisterFrame* frame, int port)
    {
        frame->Rax = (frame->Rax & ~0xffUL) | (port is >= 0x40 and <= 0x42 ? 0UL : 0xffUL);
    }

    private static bool Group7(RegisterFrame* frame, Instruction* instruction)
    {
        const int xsetbv = 0xd1;
        const int invalidatePage = 7;
        if (instruction->ModRm == xsetbv)
        {
            return ControlRegisters.WriteXcr0((uint)frame->Rcx, (frame->Rdx << 32) | (uint)frame->Rax);
        }

        if (instruction->Group == invalidatePage && instruction->ModRm < 0xc0)
        {
            Batch.Invalidate(instruction->Address);
            return true;
        }

        return SystemTables.Store(frame, instruction);
    }

    private static bool ReadDebug(int register, ulong* value)
    {
        if (register > 7 || register is 4 or 5)
        {
            return false;
        }

        *value = Machine.State->Debug[register];
        return true;
    }

    private static bool ReadMsr(RegisterFrame* frame)
    {
        ulong value;
        if (!Msr.Read((uint)frame->Rcx, &value))
        {
            return false;
        }

        frame->Rax = (uint)value;
        frame->Rdx = value >> 32;
        return true;
    }

    private static bool Cpuid(RegisterFrame* frame)
    {
        CpuidResult result;
        CpuidPolicy.Query((uint)frame->Rax, (uint)frame->Rcx, &result);
        frame->Rax = result.Eax;
        frame->Rbx = result.Ebx;
        frame->Rcx = result.Ecx;
        frame->Rdx = result.Edx;
        return true;
    }
}
