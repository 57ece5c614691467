using System.Runtime.CompilerServices;
using Tierce.Abi;
using Tierce.Kernel.Arch;
using Tierce.Kernel.Diagnostics;
using Tierce.Kernel.Memory;
using Tierce.Kernel.Processors;

namespace Tierce.Kernel.Objects;

/// <summary>Creation and destruction of domains, and their I/O ports.</summary>
public unsafe partial struct Domain
{
    /// <summary>Fewest pages of a domain's pool: itself, its top-level table, its capability directory, and some for use.</summary>
    public const ulong LeastPages = 8;

    /// <summary>Most pages of a domain's pool (256 MiB).</summary>
    public const ulong MostPages = 65536;

    /// <summary>
    /// Makes a domain in memory that has been checked and marked as the kernel's. <paramref name="memory"/> is the capability that
    /// it is derived from (null for root).
    /// </summary>
    public static Domain* Create(ulong firstPage, ulong pages, Capability* memory)
    {
        // SAFETY: the memory was checked to be unused and is the kernel's from here on; a domain is smaller than a page.
        Domain* domain = (Domain*)Machine.ToVirtual(firstPage << 12);
        Machine.ZeroPage(domain);
        domain->Pool.Initialise(firstPage + 1, pages - 1);
        KernelObject.Initialise(&domain->Object, ObjectKind.Domain, null, memory);
        domain->FirstPage = firstPage;
        domain->Pages = pages;
        Invariant.Holds(pages is >= LeastPages and <= MostPages);
        domain->Capabilities.Initialise(domain->Pool.Take());
        domain->TopTable = AddressSpace.CreateTop(domain->Pool.Take());
        return domain;
    }

    /// <summary>Does a step of destruction. Returns true when nothing refers to the domain any more.</summary>
    public static bool Reap(PerCpu* cpu, Domain* domain, ref int budget)
    {
        budget--;
        while (domain->FirstObject != null)
        {
            if (--budget < 0 || !KernelObject.Destroy(cpu, domain->FirstObject, ref budget))
            {
                return false;
            }
        }

        if (!ReapSlots(cpu, domain, ref budget))
        {
            return false;
        }

        while (domain->FirstMapping != null)
        {
            if (!Derivation.Delete(cpu, domain->FirstMapping, ref budget))
            {
                return false;
            }
        }

        for (int i = 0; i < PortRanges; i++)
        {
            if (!DeleteEmbedded(cpu, PortSlot(domain, i), ref budget))
            {
                return false;
            }
        }

        if (cpu->PortsOwner == domain)
        {
            cpu->PortsOwner = null;
        }

        return DeleteEmbedded(cpu, &domain->Supervisor, ref budget) && Derivation.Revoke(cpu, &domain->Object.Root, ref budget);
    }

    /// <summary>Returns the memory of a domain that <see cref="Reap"/> has finished.</summary>
    public static void Release(Domain* domain)
    {
        Invariant.Holds(domain->FirstObject == null && domain->FirstMapping == null && domain->LiveThreads == 0);
        Invariant.Holds(domain->Object.Root.FirstChild == null);
        Derivation.Remove(&domain->Object.Root);
        FrameTable.Remove(domain->FirstPage, domain->Pages, kernel: true);
    }

    /// <summary>A free place for a port range, or null.</summary>
    public static Capability* FreePortSlot(Domain* domain)
    {
        for (int i = 0; i < PortRanges; i++)
        {
            if (PortSlot(domain, i)->Type == CapabilityType.None)
            {
                return PortSlot(domain, i);
            }
        }

        return null;
    }

    /// <summary>
    /// Shows the ports of a domain that the processor switches to. Between two times of a domain the processor's bitmap keeps its contents
    /// and is hidden.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void PortsOn(PerCpu* cpu, Domain* domain)
    {
        if (cpu->PortsOwner != domain)
        {
            TakePorts(cpu, domain);
        }

        Machine.ShowPorts(cpu, true);
    }

    /// <summary>Shows a new port grant.</summary>
    public static void PortsAdded(PerCpu* cpu, Domain* domain)
    {
        domain->HasPorts = true;
        if (cpu->PortsOwner == domain)
        {
            SetPorts(domain, true);
        }

        if (cpu->Current->Domain == domain)
        {
            PortsOn(cpu, domain);
        }
    }

    /// <summary>Ends a port grant. The domain's other ranges stay, even where they overlap it.</summary>
    public static void ReleasePorts(PerCpu* cpu, Capability* grant)
    {
        Domain* domain = (Domain*)grant->Object;
        if (cpu->PortsOwner == domain)
        {
            SetPorts(domain, false);
            grant->Type = CapabilityType.None;
            SetPorts(domain, true);
        }
    }

    private static void TakePorts(PerCpu* cpu, Domain* domain)
    {
        if (cpu->PortsOwner != null)
        {
            SetPorts(cpu->PortsOwner, false);
        }

        cpu->PortsOwner = domain;
        SetPorts(domain, true);
    }

    private static void SetPorts(Domain* domain, bool allowed)
    {
        for (int i = 0; i < PortRanges; i++)
        {
            Capability* grant = PortSlot(domain, i);
            if (grant->Type != CapabilityType.None)
            {
                Machine.SetPorts((ushort)grant->A, (uint)grant->B, allowed);
            }
        }
    }

    private static Capability* PortSlot(Domain* domain, int index) => &domain->Ports0 + index;

    private static bool DeleteEmbedded(PerCpu* cpu, Capability* cap, ref int budget) =>
        cap->Type == CapabilityType.None || Derivation.Delete(cpu, cap, ref budget);

    private static bool ReapSlots(PerCpu* cpu, Domain* domain, ref int budget)
    {
        while (domain->ReapCursor < CapabilitySpace.Limit)
        {
            if (!domain->Capabilities.HasPage(domain->ReapCursor))
            {
                domain->ReapCursor += CapabilitySpace.SlotsPerPage;
                continue;
            }

            if (--budget < 0)
            {
                return false;
            }

            Capability* cap = domain->Capabilities.Find(domain->ReapCursor);
            if (cap != null && !Derivation.Delete(cpu, cap, ref budget))
            {
                return false;
            }

            domain->ReapCursor++;
        }

        return true;
    }
}
