using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Executes the privileged instructions of guest code that cause #GP, and CPUID after Xen's prefix, which causes #UD. Any other instruction
/// stays the exception that it was, and is reflected to the guest. So are software interrupts, which arrive as #GP.
/// </summary>
internal static unsafe class Emulator
{
    // SAFETY: code of guest kernel, which Fetch reads with a fix-up.

    private const ulong InvalidOpcode = 6;
    private const ulong GeneralProtection = 13;
    private const int SoftwareInterrupt = 0xcd;

    /// <summary>Bit of a general protection fault's error code: it names an entry of the interrupt table.</summary>
    private const ulong OfInterruptTable = 2;

    /// <summary>
    /// Executes an instruction of guest kernel on its frame. Returns false if <paramref name="exception"/> is to be reflected.
    /// </summary>
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

    /// <summary>
    /// Executes an instruction of guest user: CPUID after Xen's prefix, software interrupts, and what the I/O privilege level allows.
    /// </summary>
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
    /// Decides the cases that are not executed: a software interrupt, which goes to its handler if it has one for this mode, and faults
    /// that belong to the guest. The error code of a refused interrupt is computed from the instruction, because QEMU's emulation reports a
    /// different one.
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

        // An error code names a selector. No other instruction that the emulator executes has one.
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

    /// <summary>CLI, STI, IN and OUT, if the mode may execute them.</summary>
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
                // As on Xen they change nothing, because the guest could not use POPF to enable events again.
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
                return true; // INVD, WBINVD: no device shares memory with the guest without the caches
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
    /// Every port is absent and reads as all ones, except the 8254 timer's counters, which read as 0. Linux notices at once that a counter
    /// of 0 stands still. All ones look like a counter that was just started, and Linux would read it 50,000 times to see its next value.
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
        const int Xsetbv = 0xd1;
        const int InvalidatePage = 7;
        if (instruction->ModRm == Xsetbv)
        {
            return ControlRegisters.WriteXcr0((uint)frame->Rcx, (frame->Rdx << 32) | (uint)frame->Rax);
        }

        if (instruction->Group == InvalidatePage && instruction->ModRm < 0xc0)
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
