using System.Threading;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Arch.Formats;
using Tierce.Kernel.Processors;
using Tierce.Kernel.Scheduling;
using Tierce.Kernel.Translation.Guests;
using Tierce.Kernel.VirtualCpu;
using Thread = Tierce.Kernel.Scheduling.Thread;

namespace Tierce.Kernel.UserState;

/// <summary>
/// A guest's part of the processor's GDT and LDT: sanitised copies of the descriptors in the frames that the vCPU page names. The kernel
/// reads them when the ROM requests it, and again when another virtual CPU has run. It may see a change late that the ROM does not report.
/// </summary>
internal static unsafe class DescriptorTables
{
    /// <summary>Selectors of Linux's 64-bit programs.</summary>
    private const uint LinuxUserCode = 0x33, LinuxUserData = 0x2b;

    private const int Gdt = (int)DescriptorTable.Gdt, Ldt = (int)DescriptorTable.Ldt;

    /// <summary>Makes the tables those of a virtual CPU.</summary>
    /// <returns>False if they were its own already.</returns>
    public static bool Switch(PerCpu* cpu, VCpu* vcpu)
    {
        if (cpu->DescriptorOwner == vcpu)
        {
            return false;
        }

        cpu->DescriptorOwner = vcpu;
        Load(cpu, vcpu, Gdt, 0, VCpuPage.MostGdtEntries);
        Load(cpu, vcpu, Ldt, 0, VCpuPage.MostLdtEntries);
        return true;
    }

    /// <summary>Reads entries again. Does nothing beyond the entries that are in use, including those of the previous guest.</summary>
    public static void Load(PerCpu* cpu, VCpu* vcpu, int table, ulong first, ulong count)
    {
        Guest* guest = vcpu->Guest;
        VCpuPage* page = vcpu->Page;
        uint* frames = table == Gdt ? page->GdtFrames : page->LdtFrames;
        uint most = table == Gdt ? VCpuPage.MostGdtEntries : VCpuPage.MostLdtEntries;
        uint entries = Volatile.Read(ref table == Gdt ? ref page->GdtEntries : ref page->LdtEntries);
        entries = entries < most ? entries : most;
        ulong used = cpu->DescriptorsUsed[table] > entries ? cpu->DescriptorsUsed[table] : entries;
        ulong end = first < used && count < used - first ? first + count : used;
        ulong* to = Machine.DescriptorTable(table);
        for (ulong i = first; i < end; i++)
        {
            uint frame = i < entries ? Volatile.Read(ref frames[i >> 9]) : uint.MaxValue;

            // SAFETY: a frame of the guest; the entry is read once.
            to[i] = guest->Owns(frame) ? Descriptor.Sanitise(Volatile.Read(ref ((ulong*)guest->FrameAddress(frame))[i & 511])) : 0;
        }

        if (table == Gdt)
        {
            bool flat = Descriptor.IsCode(Find(LinuxUserCode), HoleLayout.UserLimit - 1) && Descriptor.IsStack(Find(LinuxUserData));
            cpu->OtherUserCode = flat ? LinuxUserCode : (uint)Thread.UserCode;
            cpu->OtherUserData = flat ? LinuxUserData : (uint)Thread.UserData;
        }

        cpu->DescriptorsUsed[table] = first == 0 && end == used ? entries : (uint)used;
    }

    /// <summary>The descriptor that ring 3 would load by a selector with RPL 3; 0 for any other selector.</summary>
    public static ulong Find(ulong selector) =>
        (selector & 3) == 3 ? Machine.DescriptorTable((selector & 4) != 0 ? Ldt : Gdt)[(selector & 0xffff) >> 3] : 0;
}
