using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>
/// CPUID as the guest kernel sees it through Xen's prefix. (The native instruction is not intercepted: features that it shows in user mode
/// work or raise #UD.)
/// </summary>
internal static unsafe class CpuidPolicy
{
    // SAFETY: four words of the caller's.

    private const uint LastBasicLeaf = 13;
    private const uint FirstXenLeaf = 0x4000_0000;
    private const uint LastXenLeaf = 0x4000_0002;
    private const uint FirstExtendedLeaf = 0x8000_0000;
    private const uint AddressSizesLeaf = 0x8000_0008;

    /// <summary>The last one, which AMD's newer processors have.</summary>
    private const uint ExtendedFeatures2Leaf = 0x8000_0021;
    private const ulong YmmState = 1 << 2;
    private const ulong Avx512States = 7 << 5;

    /// <summary>x87, SSE, YMM, the three of AVX-512. Not MPX, not protection keys.</summary>
    private const ulong KnownStates = 0xe7;

    /// <summary>Bytes of the legacy area and the header of an XSAVE area.</summary>
    private const uint SmallestArea = 576;

    /// <summary>XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD.</summary>
    private const uint PreserveAccessedDirty = 1;

    /// <summary>Whether the kernel has turned CR4.OSXSAVE on.</summary>
    internal static bool HasExtendedState()
    {
        CpuidResult native;
        Native(1, 0, &native);
        return (native.Ecx & CpuidMasks.Leaf1EcxXsave) == CpuidMasks.Leaf1EcxXsave;
    }

    /// <summary>States that the guest may turn on in XCR0: those that are on in the processor and known to the ROM.</summary>
    internal static ulong VisibleStates() => HasExtendedState() ? Machine.Xcr0() & KnownStates : 1;

    /// <summary>The answer to one leaf.</summary>
    internal static void Query(uint leaf, uint subleaf, CpuidResult* result)
    {
        if (leaf is >= FirstXenLeaf and <= LastXenLeaf)
        {
            XenLeaf(leaf, result);
            return;
        }

        Native(leaf, subleaf, result);
        switch (leaf)
        {
            case 0:
                result->Eax = Math.Min(result->Eax, LastBasicLeaf);
                break;
            case 1:
                Leaf1(result);
                break;
            case 2 or 3:
                break;
            case 4:
                // One thread, one core.
                result->Eax &= 0x3fff;
                break;
            case 7:
                Leaf7(subleaf, result);
                break;
            case 13:
                Leaf13(subleaf, result);
                break;
            case FirstExtendedLeaf:
                result->Eax = Machine.NullSelectorClearsBase() ? ExtendedFeatures2Leaf : Math.Min(result->Eax, AddressSizesLeaf);
                break;
            case 0x8000_0001:
                Extended1(result);
                break;
            case >= 0x8000_0002 and <= 0x8000_0006:
                break;
            case 0x8000_0007:
                Set(result, 0, 0, 0, result->Edx & CpuidMasks.Extended7EdxShown);
                break;
            case AddressSizesLeaf:
                // 48 bits of virtual address, even if the processor has more.
                Set(result, (result->Eax & 0xff) | (48 << 8), result->Ebx & CpuidMasks.Extended8EbxShown, 0, 0);
                break;
            case ExtendedFeatures2Leaf:
                // Reported also where the processor clears the base without reporting it: otherwise Linux under a hypervisor loads each
                // null selector twice.
                Set(result, Machine.NullSelectorClearsBase() ? CpuidMasks.Extended21EaxNullClearsBase : 0, 0, 0, 0);
                break;
            default:
                Set(result, 0, 0, 0, 0);
                break;
        }
    }

    private static void XenLeaf(uint leaf, CpuidResult* result)
    {
        switch (leaf)
        {
            case FirstXenLeaf:
                // "XenVMMXenVMM"
                Set(result, LastXenLeaf, 0x566e_6558, 0x6558_4d4d, 0x4d4d_566e);
                break;
            case FirstXenLeaf + 1:
                Set(result, XenVersion.Version, 0, 0, 0);
                break;
            default:
                Set(result, 0, 0, PreserveAccessedDirty, 0);
                break;
        }
    }

    private static void Leaf1(CpuidResult* result)
    {
        bool extended = (result->Ecx & CpuidMasks.Leaf1EcxXsave) == CpuidMasks.Leaf1EcxXsave;
        result->Ebx = (result->Ebx & 0xffff) | (1 << 16);
        result->Ecx = (result->Ecx & ~CpuidMasks.Leaf1Ecx) | CpuidMasks.Leaf1EcxHypervisor;
        result->Edx &= ~CpuidMasks.Leaf1Edx;
        if (!extended)
        {
            result->Ecx &= ~CpuidMasks.Leaf1EcxXsave;
        }

        if ((VisibleStates() & YmmState) == 0)
        {
            result->Ecx &= ~CpuidMasks.Leaf1EcxAvx;
        }
    }

    private static void Leaf7(uint subleaf, CpuidResult* result)
    {
        if (subleaf != 0)
        {
            Set(result, subleaf == 1 ? result->Eax & CpuidMasks.Leaf71EaxShown : 0, 0, 0, 0);
            return;
        }

        result->Eax = Math.Min(result->Eax, 1u);
        result->Ebx &= ~CpuidMasks.Leaf7Ebx;
        result->Ecx &= ~CpuidMasks.Leaf7Ecx;
        result->Edx &= ~CpuidMasks.Leaf7Edx;
        ulong states = VisibleStates();
        if ((states & YmmState) == 0)
        {
            result->Ebx &= ~CpuidMasks.Leaf7EbxAvx;
            result->Ecx &= ~CpuidMasks.Leaf7EcxAvx;
        }

        if ((states & Avx512States) != Avx512States)
        {
            result->Ebx &= ~CpuidMasks.Leaf7EbxAvx512;
            result->Ecx &= ~CpuidMasks.Leaf7EcxAvx512;
            result->Edx &= ~CpuidMasks.Leaf7EdxAvx512;
        }
    }

    private static void Leaf13(uint subleaf, CpuidResult* result)
    {
        ulong states = VisibleStates();
        if (!HasExtendedState())
        {
            Set(result, 0, 0, 0, 0);
        }
        else if (subleaf == 0)
        {
            Set(result, (uint)states, AreaSize(Machine.State->Xcr0), AreaSize(states), 0);
        }
        else if (subleaf == 1)
        {
            Set(result, result->Eax & CpuidMasks.Leaf13SubEaxShown, 0, 0, 0);
        }
        else if (subleaf > 63 || (states >> (int)subleaf & 1) == 0)
        {
            Set(result, 0, 0, 0, 0);
        }
    }

    private static void Extended1(CpuidResult* result)
    {
        result->Ecx &= ~CpuidMasks.Extended1Ecx;
        result->Edx &= ~CpuidMasks.Extended1Edx;
        if ((VisibleStates() & YmmState) == 0)
        {
            result->Ecx &= ~CpuidMasks.Extended1EcxAvx;
        }
    }

    /// <summary>Bytes of an XSAVE area in standard form for these states.</summary>
    private static uint AreaSize(ulong states)
    {
        uint size = SmallestArea;
        for (uint state = 2; state < 8; state++)
        {
            if ((states >> (int)state & 1) != 0)
            {
                CpuidResult component;
                Native(13, state, &component);
                size = Math.Max(size, component.Eax + component.Ebx);
            }
        }

        return size;
    }

    private static void Native(uint leaf, uint subleaf, CpuidResult* result) => Machine.Cpuid(leaf, subleaf, (uint*)result);

    private static void Set(CpuidResult* result, uint eax, uint ebx, uint ecx, uint edx)
    {
        result->Eax = eax;
        result->Ebx = ebx;
        result->Ecx = ecx;
        result->Edx = edx;
    }
}
