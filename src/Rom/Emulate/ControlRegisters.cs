using Tierce.Abi;
using Tierce.Rom.State;
using Tierce.Rom.Xen;

namespace Tierce.Rom.Emulate;

/// <summary>Virtual CR0, CR2, CR3, CR4, CR8 and XCR0 of the guest kernel.</summary>
internal static unsafe class ControlRegisters
{
    /// <summary>CR0.TS.</summary>
    internal const ulong TaskSwitched = 1 << 3;

    /// <summary>PE, MP, ET, NE, WP, AM, PG.</summary>
    internal const ulong InitialCr0 = 0x8005_0033;

    private const ulong PhysicalAddressExtension = 1 << 5;
    private const ulong SseState = (1 << 9) | (1 << 10);
    private const ulong ExtendedState = 1 << 18;
    private const ulong ProtectionBit = 1;
    private const ulong X87State = 1;

    /// <summary>CR4 as the guest finds it: PAE, OSFXSR, OSXMMEXCPT, and OSXSAVE where the kernel has it on.</summary>
    internal static ulong InitialCr4() =>
        PhysicalAddressExtension | SseState | (CpuidPolicy.HasExtendedState() ? ExtendedState : 0);

    /// <summary>Reads a register. Returns false if there is no such register.</summary>
    internal static bool Read(int number, ulong* value)
    {
        RomState* state = Machine.State;
        switch (number)
        {
            case 0:
                *value = state->Cr0;
                return true;
            case 2:
                *value = state->VcpuInfo->Cr2;
                return true;
            case 3:
                *value = state->KernelRoot << 12;
                return true;
            case 4:
                *value = state->Cr4;
                return true;
            case 8:
                *value = 0;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes a register. Returns false for a general protection fault.</summary>
    internal static bool Write(int number, ulong value)
    {
        RomState* state = Machine.State;
        switch (number)
        {
            case 0:
                // The guest can change only TS.
                if ((value & ProtectionBit) == 0)
                {
                    return false;
                }

                state->Cr0 = (state->Cr0 & ~TaskSwitched) | (value & TaskSwitched);
                return true;
            case 2:
                state->VcpuInfo->Cr2 = value;
                return true;
            case 3:
                ulong frame = (value & PageTables.AddressMask) >> 12;
                if (!Guest.IsFrame(frame))
                {
                    return false;
                }

                state->KernelRoot = frame;
                Batch.LoadRoot();
                return true;
            case 4:
                // The guest can read the value back. The kernel chooses the value in the processor.
                state->Cr4 = value;
                return true;
            case 8:
                return true;
            default:
                return false;
        }
    }

    /// <summary>
    /// XSETBV of XCR0. In the processor all states that the guest can see are on. The guest's choice determines the sizes that CPUID
    /// reports.
    /// </summary>
    internal static bool WriteXcr0(uint index, ulong value)
    {
        if (index != 0 || !CpuidPolicy.HasExtendedState() || (value & X87State) == 0 || (value & ~CpuidPolicy.VisibleStates()) != 0)
        {
            return false;
        }

        Machine.State->Xcr0 = value;
        return true;
    }
}
