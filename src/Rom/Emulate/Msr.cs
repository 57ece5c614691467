using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// Model-specific registers of the guest kernel: those that a PV guest can read or write on Xen. An access to any other is a general
/// protection fault, which Linux expects.
/// </summary>
internal static unsafe class Msr
{
    private const uint PlatformId = 0x17;
    private const uint ApicBase = 0x1b;
    private const uint MicrocodeRevision = 0x8b;
    private const uint MiscEnable = 0x1a0;
    private const uint PageAttributes = 0x277;
    private const uint ExtendedFeatures = 0xc000_0080;
    private const uint FsBase = 0xc000_0100;
    private const uint GsBase = 0xc000_0101;
    private const uint KernelGsBase = 0xc000_0102;
    private const uint TscAux = 0xc000_0103;
    private const uint HardwareConfiguration = 0xc001_0015;

    /// <summary>APIC enabled, at its usual address, bootstrap processor.</summary>
    private const ulong ApicBaseValue = 0xfee0_0900;

    /// <summary>Xen's page attribute table: WB, WT, UC-, UC, WC, WP, UC, UC (XEN_MSR_PAT).</summary>
    private const ulong PageAttributesValue = 0x0000_0501_0007_0406;

    /// <summary>SCE, LME, LMA, NXE.</summary>
    private const ulong ExtendedFeaturesValue = 0xd01;

    /// <summary>Reads a register. Returns false for a general protection fault.</summary>
    internal static bool Read(uint number, ulong* value)
    {
        switch (number)
        {
            case ApicBase:
                *value = ApicBaseValue;
                return true;
            case PageAttributes:
                *value = PageAttributesValue;
                return true;
            case ExtendedFeatures:
                *value = ExtendedFeaturesValue;
                return true;
            case FsBase:
                *value = Machine.ReadFsBase();
                return true;
            case GsBase:
                *value = Machine.ReadGsBase();
                return true;
            case KernelGsBase:
                *value = SetSegmentBase.ReadUserGs();
                return true;
            case PlatformId or MicrocodeRevision or MiscEnable or TscAux or HardwareConfiguration:
                *value = 0;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes a register. Returns false for a general protection fault. Enters the kernel for the GS base of guest user.</summary>
    internal static bool Write(uint number, ulong value)
    {
        const ulong Fs = 0;
        const ulong GsUser = 1;
        const ulong GsKernel = 2;
        switch (number)
        {
            case FsBase:
                return SetSegmentBase.Run(Fs, value) == 0;
            case GsBase:
                return SetSegmentBase.Run(GsKernel, value) == 0;
            case KernelGsBase:
                return SetSegmentBase.Run(GsUser, value) == 0;
            case PageAttributes:
                return value == PageAttributesValue;
            case ExtendedFeatures:
                return value == ExtendedFeaturesValue;
            case ApicBase or MicrocodeRevision or MiscEnable or TscAux or HardwareConfiguration:
                return true; // the auxiliary value that RDTSCP reads is the number of the virtual CPU; the only one has 0
            default:
                return false;
        }
    }
}
