using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Carries out privileged instructions that guest code hit as #GP, and CPUID behind Xen's prefix, which is #UD.
/// What it does not know stays the exception that it was, and is reflected; so are software interrupts, which arrive as #GP.
/// </summary>
internal static unsafe class Emulator
{
    private const ulong InvalidOpcode = 6;
    private const ulong GeneralProtection = 13;
    private const int SoftwareInterrupt = 0xcd;

    /// <summary>In the error code of a general protection fault: it names an entry of the interrupt table.</summary>
    private const ulong OfInterruptTable = 2;

    /// <summary>Works on the frame of guest kernel. False: to be reflected, as <paramref name="exception"/> says by then.</summary>
    internal static bool Run(RegisterFrame* frame, Reflected* exception)
    {
        byte* code = stackalloc byte[Decoder.MostBytes];
        int count = Machine.Fetch(code, (byte*)frame->Rip, Decoder.MostBytes);
        Instruction instruction;
        bool decoded = Decoder.Decode(new ReadOnlySpan<byte>(code, count), frame, CodeMode.Bits64, &instruction);
        if (!decoded || IsReflected(frame, &instruction, exception, user: false))
        {
            return false;
        }

        return Finish(frame, &instruction, instruction.Forced ? Cpuid(frame) : Privileged(frame, &instruction));
    }

    /// <summary>The same for guest user: CPUID behind Xen's prefix, software interrupts, and what the I/O privilege level allows.</summary>
    internal static bool RunUser(RegisterFrame* frame, Reflected* exception)
    {
        byte* code = stackalloc byte[Decoder.MostBytes];
        CodeMode mode = CodeSegment.Mode(frame->Cs, out ulong start);
        int count = CodeSegment.Fetch(code, start + frame->Rip, Decoder.MostBytes);
        Instruction instruction;
        bool decoded = Decoder.Decode(new ReadOnlySpan<byte>(code, count), frame, mode, &instruction);
        if (!decoded || IsReflected(frame, &instruction, exception, user: true))
        {
            return false;
        }

        return Finish(frame, &instruction, instruction.Forced ? Cpuid(frame) : Ports(frame, &instruction, user: true));
    }

    private static bool Finish(RegisterFrame* frame, Instruction* instruction, bool done)
    {
        if (done)
        {
            frame->Rip += (ulong)instruction->Length;
        }

        return done;
    }

    /// <summary>
    /// Decides what needs no carrying out: a software interrupt, which goes to its handler if it has one for this mode, and what belongs
    /// to the guest alone. The error code of a refused interrupt is made from the instruction: QEMU's emulation tells another.
    /// </summary>
    private static bool IsReflected(RegisterFrame* frame, Instruction* instruction, Reflected* exception, bool user)
    {
        if (exception->Vector == InvalidOpcode)
        {
            return !instruction->Forced || instruction->Opcode != (Instruction.TwoByte | 0xa2);
        }

        if ((exception->ErrorCode & OfInterruptTable) != 0 && instruction->Opcode == SoftwareInterrupt && !instruction->Forced)
        {
            Interrupt(frame, instruction, exception, user);
            return true;
        }

        // An error code names a selector: no other instruction that is carried out has one.
        return exception->ErrorCode != 0 || instruction->Forced;
    }

    private static void Interrupt(RegisterFrame* frame, Instruction* instruction, Reflected* exception, bool user)
    {
        TrapEntry* entry = SetTrapTable.Entry(instruction->Immediate);
        exception->Vector = GeneralProtection;
        exception->ErrorCode = ((ulong)instruction->Immediate << 3) | OfInterruptTable;
        if (entry->Address != 0 && (entry->Flags & TrapEntry.LevelMask) >= PortAccess.LevelOf(user))
        {
            frame->Rip += (ulong)instruction->Length;
            exception->Vector = (uint)SetTrapTable.Number(instruction->Immediate) | TrapEntry.Software;
            exception->ErrorCode = 0;
        }
    }

    /// <summary>CLI, STI, IN and OUT, if the mode may.</summary>
    private static bool Ports(RegisterFrame* frame, Instruction* instruction, bool user)
    {
        bool immediate = (instruction->Opcode & 8) == 0;
        uint port = immediate ? (uint)instruction->Immediate : (ushort)frame->Rdx;
        uint bytes = (instruction->Opcode & 1) == 0 ? 1u : instruction->Narrow ? 2u : 4u;
        switch (instruction->Opcode)
        {
            case 0xe4 or 0xe5 or 0xec or 0xed when PortAccess.Allows(user, port, bytes):
                In(frame, (int)port, bytes);
                return true;
            case 0xe6 or 0xe7 or 0xee or 0xef:
                return PortAccess.Allows(user, port, bytes);
            case 0xfa or 0xfb:
                // As on Xen they change nothing: the guest could not say by POPF that it takes events again.
                return PortAccess.IsPrivileged(user);
            default:
                return false;
        }
    }

    private static bool Privileged(RegisterFrame* frame, Instruction* instruction)
    {
        switch (instruction->Opcode)
        {
            case 0xf4:
                SchedOp.Block();
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
                return Ports(frame, instruction, user: false);
        }
    }

    /// <summary>
    /// Every port is absent and reads as all ones, but for the 8254 timer's counters: with 0 they are seen to stand still at once,
    /// while ones look like a counter just started, which Linux would read 50,000 times for its next value.
    /// </summary>
    private static void In(RegisterFrame* frame, int port, uint bytes)
    {
        frame->Rax = bytes switch
        {
            1 => (frame->Rax & ~0xffUL) | (port is >= 0x40 and <= 0x42 ? 0UL : 0xffUL),
            2 => frame->Rax | 0xffff,
            _ => 0xffff_ffff,
        };
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
