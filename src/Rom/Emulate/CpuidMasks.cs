namespace Tierce.Rom.Emulate;

/// <summary>
/// Feature bits of CPUID that a PV guest is not shown, by leaf and register. They are the features that need ring 0 or a register that the
/// guest cannot have (MSRs, CR4 bits), features that would make Linux use large or global pages, protection keys, supervisor-mode
/// protections, and states that the ROM does not let it turn on.
/// </summary>
/// <remarks>Bit numbers: processor manuals; Xen's public cpufeatureset.h has the same names.</remarks>
internal static class CpuidMasks
{
    /// <summary>MONITOR, DTES64, DSCPL, VMX, SMX, EST, TM2, CNXTID, SDBG, xTPR, PDCM, PCID, DCA, x2APIC, TSC deadline.</summary>
    internal const uint Leaf1Ecx =
        (1U << 3) | (1U << 2) | (1U << 4) | (1U << 5) | (1U << 6) | (1U << 7) | (1U << 8) | (1U << 10) | (1U << 11) | (1U << 14) |
        (1U << 15) | (1U << 17) | (1U << 18) | (1U << 21) | (1U << 24);

    /// <summary>VME, PSE, MCE, APIC, SEP, MTRR, PGE, MCA, PSE36, PSN, DS, ACPI, HTT, TM, PBE.</summary>
    internal const uint Leaf1Edx =
        (1U << 1) | (1U << 3) | (1U << 7) | (1U << 9) | (1U << 11) | (1U << 12) | (1U << 13) | (1U << 14) | (1U << 17) | (1U << 18) |
        (1U << 21) | (1U << 22) | (1U << 28) | (1U << 29) | (1U << 31);

    /// <summary>Hypervisor present.</summary>
    internal const uint Leaf1EcxHypervisor = 1U << 31;

    /// <summary>XSAVE and OSXSAVE.</summary>
    internal const uint Leaf1EcxXsave = (1U << 26) | (1U << 27);

    /// <summary>FMA, AVX, F16C: need the state of YMM registers.</summary>
    internal const uint Leaf1EcxAvx = (1U << 12) | (1U << 28) | (1U << 29);

    /// <summary>TSC_ADJUST, SGX, SMEP, INVPCID, PQM, MPX, PQE, SMAP, PT.</summary>
    internal const uint Leaf7Ebx =
        (1U << 1) | (1U << 2) | (1U << 7) | (1U << 10) | (1U << 12) | (1U << 14) | (1U << 15) | (1U << 20) | (1U << 25);

    /// <summary>AVX2.</summary>
    internal const uint Leaf7EbxAvx = 1U << 5;

    /// <summary>AVX-512 in all its parts: F, DQ, IFMA, PF, ER, CD, BW, VL.</summary>
    internal const uint Leaf7EbxAvx512 =
        (1U << 16) | (1U << 17) | (1U << 21) | (1U << 26) | (1U << 27) | (1U << 28) | (1U << 30) | (1U << 31);

    /// <summary>PKU, OSPKE, WAITPKG, CET_SS, TME, LA57, RDPID, KL, BUS_LOCK, ENQCMD, SGX_LC, PKS.</summary>
    internal const uint Leaf7Ecx =
        (1U << 3) | (1U << 4) | (1U << 5) | (1U << 7) | (1U << 13) | (1U << 16) | (1U << 22) | (1U << 23) | (1U << 24) |
        (1U << 29) | (1U << 30) | (1U << 31);

    /// <summary>VAES, VPCLMULQDQ.</summary>
    internal const uint Leaf7EcxAvx = (1U << 9) | (1U << 10);

    /// <summary>AVX512_VBMI, VBMI2, VNNI, BITALG, VPOPCNTDQ.</summary>
    internal const uint Leaf7EcxAvx512 = (1U << 1) | (1U << 6) | (1U << 11) | (1U << 12) | (1U << 14);

    /// <summary>UINTR, HYBRID, PCONFIG, ARCH_LBR, IBT, AMX (three), IBRSB, STIBP, L1D_FLUSH, ARCH_CAPS, CORE_CAPS, SSBD.</summary>
    internal const uint Leaf7Edx =
        (1U << 5) | (1U << 15) | (1U << 18) | (1U << 19) | (1U << 20) | (1U << 22) | (1U << 24) | (1U << 25) | (1U << 26) | (1U << 27) |
        (1U << 28) | (1U << 29) | (1U << 30) | (1U << 31);

    /// <summary>AVX512_4VNNIW, 4FMAPS, VP2INTERSECT, FP16.</summary>
    internal const uint Leaf7EdxAvx512 = (1U << 2) | (1U << 3) | (1U << 8) | (1U << 23);

    /// <summary>Shown of leaf 7.1: fast short string operations.</summary>
    internal const uint Leaf71EaxShown = (1U << 10) | (1U << 11) | (1U << 12);

    /// <summary>Shown of leaf 13.1: XSAVEOPT, XGETBV of 1. Not the compacted forms.</summary>
    internal const uint Leaf13SubEaxShown = (1U << 0) | (1U << 2);

    /// <summary>CMP_LEGACY, SVM, EXTAPIC, CR8, OSVW, IBS, SKINIT, WDT, LWP, TCE, NODEID, TOPOEXT, counters, DBEXT, PTSC, MWAITX.</summary>
    internal const uint Extended1Ecx =
        (1U << 1) | (1U << 2) | (1U << 3) | (1U << 4) | (1U << 9) | (1U << 10) | (1U << 12) | (1U << 13) | (1U << 15) | (1U << 17) |
        (1U << 19) | (1U << 22) | (1U << 23) | (1U << 24) | (1U << 26) | (1U << 27) | (1U << 28) | (1U << 29);

    /// <summary>FMA4, XOP: need the state of YMM registers.</summary>
    internal const uint Extended1EcxAvx = (1U << 11) | (1U << 16);

    /// <summary>VME, PSE, MCE, APIC, MTRR, PGE, MCA, PSE36, FFXSR, PAGE1GB.</summary>
    internal const uint Extended1Edx =
        (1U << 1) | (1U << 3) | (1U << 7) | (1U << 9) | (1U << 12) | (1U << 13) | (1U << 14) | (1U << 17) | (1U << 25) | (1U << 26);

    /// <summary>Shown of leaf 0x80000008: CLZERO, RSTR_FP_ERR_PTRS.</summary>
    internal const uint Extended8EbxShown = (1U << 0) | (1U << 2);

    /// <summary>Of leaf 0x80000021: loading a null selector into FS or GS clears the base.</summary>
    internal const uint Extended21EaxNullClearsBase = 1U << 6;

    /// <summary>Shown of leaf 0x80000007: the time-stamp counter is invariant.</summary>
    internal const uint Extended7EdxShown = 1U << 8;
}
