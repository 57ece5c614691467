namespace Tierce.Rom.Emulate;

/// <summary>The parts of a decoded instruction that the emulator needs.</summary>
internal struct Instruction
{
    /// <summary>Set in <see cref="Opcode"/> for the two-byte opcodes (0F xx).</summary>
    internal const int TwoByte = 0x0f00;

    /// <summary>Opcode, with <see cref="TwoByte"/>.</summary>
    internal int Opcode;

    /// <summary>ModRM byte, -1 if there is none.</summary>
    internal int ModRm;

    /// <summary>REX prefix, 0 if there is none.</summary>
    internal int Rex;

    /// <summary>Length in bytes, prefixes included.</summary>
    internal int Length;

    /// <summary>Immediate byte, where the opcode has one.</summary>
    internal int Immediate;

    /// <summary>Prefix that names FS (0x64) or GS (0x65); 0 for none. The other segments have no base.</summary>
    internal int Segment;

    /// <summary>Whether a prefix repeats a string instruction.</summary>
    internal bool Repeats;

    /// <summary>Whether operands have 16 bits where they would have 32 otherwise.</summary>
    internal bool Narrow;

    /// <summary>Whether Xen's prefix "ud2; xen", which requests emulation, precedes the instruction.</summary>
    internal bool Forced;

    /// <summary>Address of the memory operand; only where ModRM names one.</summary>
    internal ulong Address;

    /// <summary>Whether ModRM names a memory operand, at <see cref="Address"/>.</summary>
    internal readonly bool HasMemory => ModRm < 0xc0;

    /// <summary>ModRM's reg field, without REX: the extension of a group's opcode.</summary>
    internal readonly int Group => ModRm >> 3 & 7;

    /// <summary>ModRM's reg field with REX.R.</summary>
    internal readonly int Reg => (ModRm >> 3 & 7) | ((Rex & 4) << 1);

    /// <summary>ModRM's rm field with REX.B: the register operand where mod is 3.</summary>
    internal readonly int Rm => (ModRm & 7) | ((Rex & 1) << 3);
}
