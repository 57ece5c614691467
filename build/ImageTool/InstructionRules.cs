using Iced.Intel;

namespace Tierce.ImageTool;

/// <summary>Which registers and instructions an image may use.</summary>
/// <param name="functions">The image's functions.</param>
/// <param name="compiled">Symbols that the C# compiler made; all others are assembly.</param>
/// <param name="kind"><c>kernel</c>, <c>rom</c> or <c>user</c>.</param>
/// <param name="rootLoaders">Symbols that may load CR3.</param>
internal sealed class InstructionRules(
    IReadOnlyList<ImageFunction> functions, IReadOnlySet<string> compiled, string kind, IReadOnlySet<string> rootLoaders)
{
    // Instructions that the processor counts to the SIMD sets, but that touch no SIMD register.
    private static readonly HashSet<Mnemonic> s_harmless =
    [
        Mnemonic.Lfence, Mnemonic.Mfence, Mnemonic.Sfence, Mnemonic.Movnti, Mnemonic.Pause, Mnemonic.Prefetcht0,
        Mnemonic.Prefetcht1, Mnemonic.Prefetcht2, Mnemonic.Prefetchnta, Mnemonic.Prefetchw, Mnemonic.Xgetbv,
    ];

    private static readonly HashSet<CpuidFeature> s_floating =
    [
        CpuidFeature.FPU, CpuidFeature.FPU287, CpuidFeature.FPU387, CpuidFeature.MMX, CpuidFeature.SSE, CpuidFeature.SSE2,
        CpuidFeature.SSE3, CpuidFeature.SSSE3, CpuidFeature.SSE4_1, CpuidFeature.SSE4_2, CpuidFeature.AVX, CpuidFeature.AVX2,
        CpuidFeature.FXSR, CpuidFeature.XSAVE, CpuidFeature.XSAVEOPT, CpuidFeature.XSAVES,
    ];

    private readonly InstructionInfoFactory _info = new();

    /// <summary>One line for each broken rule: symbol, address, instruction, and what is wrong with it.</summary>
    public List<string> Check(ElfFile elf)
    {
        var violations = new List<string>();
        foreach (ImageFunction function in functions)
        {
            var reader = new ByteArrayCodeReader(elf.Code(function.Address, function.Size).ToArray());
            Decoder decoder = Decoder.Create(64, reader, function.Address);
            while (reader.CanReadByte)
            {
                Instruction instruction = decoder.Decode();
                string? reason = Reason(function, in instruction);
                if (reason is not null)
                {
                    violations.Add($"{function.Name}+0x{instruction.IP - function.Address:x}: {instruction}: {reason}");
                }
            }
        }

        return violations;
    }

    private string? Reason(ImageFunction function, in Instruction instruction)
    {
        if (kind == "kernel" && instruction.Op0Kind == OpKind.Register && instruction.Op0Register == Register.CR3
            && !rootLoaders.Contains(function.Name) && !rootLoaders.Contains(function.Symbol))
        {
            return "loads CR3 outside the functions listed for it";
        }

        return kind switch
        {
            // Assembly may hold data and 16- or 32-bit code; what the compiler makes does not.
            _ when instruction.IsInvalid => compiled.Contains(function.Symbol) ? "is no instruction" : null,
            "rom" when Floating(in instruction) => "uses SIMD or x87 state, which the ROM must leave to the guest",
            "guest" when Floating(in instruction) => "uses SIMD or x87 state, which its event entry does not save",
            "kernel" when compiled.Contains(function.Symbol) && BeyondSaved(in instruction) =>
                "uses SIMD or x87 state beyond xmm0 and xmm8, which are all that the kernel's entry saves",
            _ => null,
        };
    }

    private bool Floating(in Instruction instruction)
    {
        if (s_harmless.Contains(instruction.Mnemonic))
        {
            return false;
        }

        foreach (CpuidFeature feature in instruction.CpuidFeatures)
        {
            if (s_floating.Contains(feature))
            {
                return true;
            }
        }

        return _info.GetInfo(in instruction).GetUsedRegisters().Any(u => IsFloating(u.Register));
    }

    // Vector instructions are allowed as long as they name no other register than the two.
    private bool BeyondSaved(in Instruction instruction)
    {
        bool any = false;
        foreach (UsedRegister used in _info.GetInfo(in instruction).GetUsedRegisters())
        {
            if (IsFloating(used.Register))
            {
                any = true;
                if (used.Register is not (Register.XMM0 or Register.XMM8))
                {
                    return true;
                }
            }
        }

        return !any && Floating(in instruction);
    }

    private static bool IsFloating(Register register) =>
        register.IsVectorRegister() || register.IsST() || register.IsMM() || register.IsK();
}
