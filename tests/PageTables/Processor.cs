using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>What a translation in the TLB allows in ring 3.</summary>
public readonly record struct TlbEntry(ulong PhysicalPage, bool Writable, bool Executable, bool Global);

/// <summary>
/// A processor in ring 3 that walks the cache's tables. Its TLB and its cache of level-2 entries forget nothing but on
/// order, or at a fault for the faulting address: the least that the manual promises (Intel SDM vol. 3, 4.10). What is global stays
/// when CR3 is loaded, and goes when CR4.PGE is changed.
/// </summary>
public sealed unsafe class Processor
{
    private const ulong GlobalEnable = 1UL << 7;

    private readonly Dictionary<ulong, TlbEntry> tlb = [];
    private readonly Dictionary<ulong, TlbEntry> directories = [];

    /// <summary>Physical address of the loaded top-level table.</summary>
    public ulong Root { get; private set; }

    public IReadOnlyDictionary<ulong, TlbEntry> Tlb => tlb;

    /// <summary>For sabotage: a change of CR4.PGE does no more than a load of CR3.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Translations that it had to look up in the tables.</summary>
    public int Walks { get; private set; }

    /// <summary>CR4, of which it knows PGE.</summary>
    public ulong Control { get; private set; } = GlobalEnable;

    /// <summary>Physical pages of the leaf tables that it remembers.</summary>
    public IEnumerable<ulong> LeafTables => directories.Values.Select(entry => entry.PhysicalPage);

    public void LoadRoot(ulong physical)
    {
        Root = physical;
        Machine.LoadedRoot = physical;
        ForgetPlain();
    }

    public void WriteControl(ulong control)
    {
        if (((control ^ Control) & GlobalEnable) != 0 && !IsDeaf)
        {
            tlb.Clear();
        }

        Control = control;
        ForgetPlain();
    }

    /// <summary>INVLPG.</summary>
    public void Forget(ulong address)
    {
        directories.Clear();
        tlb.Remove(address >> 12);
    }

    /// <summary>Translates. False: a page fault with that error code, without the bit for user mode.</summary>
    public bool Translate(ulong address, Access access, out ulong physicalPage, out ulong error)
    {
        ulong kind = access switch { Access.Write => 2, Access.Fetch => 16, _ => 0 };
        bool known = tlb.TryGetValue(address >> 12, out TlbEntry entry);
        if (!known)
        {
            Walks++;
            known = Walk(address, out entry);
        }

        physicalPage = entry.PhysicalPage;
        bool allowed = known && (access != Access.Write || entry.Writable) && (access != Access.Fetch || entry.Executable);
        error = kind | (known ? 1UL : 0);
        if (allowed)
        {
            tlb[address >> 12] = entry;
        }
        else
        {
            tlb.Remove(address >> 12);
            directories.Remove(address >> 21);
        }

        return allowed;
    }

    /// <summary>Walks the tables alone, as after a flush.</summary>
    public static bool Walk(ulong root, ulong address, out TlbEntry found) =>
        WalkDirectory(root, address, out TlbEntry directory, out found) || WalkLeaf(directory, address, out found);

    private void ForgetPlain()
    {
        directories.Clear();
        foreach ((ulong page, TlbEntry entry) in tlb)
        {
            if (!entry.Global)
            {
                tlb.Remove(page);
            }
        }
    }

    private bool Walk(ulong address, out TlbEntry found)
    {
        if (!directories.TryGetValue(address >> 21, out TlbEntry directory))
        {
            if (WalkDirectory(Root, address, out directory, out found))
            {
                return true;
            }

            if (directory.PhysicalPage != 0)
            {
                directories[address >> 21] = directory;
            }
        }

        return WalkLeaf(directory, address, out found);
    }

    /// <summary>Walks to the leaf table; no table: page 0. True: there is a large page on the way.</summary>
    private static bool WalkDirectory(ulong root, ulong address, out TlbEntry directory, out TlbEntry found)
    {
        found = default;
        directory = new TlbEntry(root >> 12, true, true, false);
        for (int shift = 39; shift > 12; shift -= 9)
        {
            ulong entry = Read(directory.PhysicalPage, (int)(address >> shift) & 511);
            if ((entry & 5) != 5)
            {
                directory = default;
                return false;
            }

            directory = Combine(directory, entry);
            if (shift == 21 && (entry & 0x80) != 0)
            {
                found = directory with { PhysicalPage = directory.PhysicalPage + ((address >> 12) & 511), Global = (entry & 0x100) != 0 };
                return true;
            }
        }

        return false;
    }

    private static bool WalkLeaf(TlbEntry directory, ulong address, out TlbEntry found)
    {
        ulong leaf = directory.PhysicalPage == 0 ? 0 : Read(directory.PhysicalPage, (int)(address >> 12) & 511);
        found = (leaf & 5) == 5 ? Combine(directory, leaf) with { Global = (leaf & 0x100) != 0 } : default;
        return (leaf & 5) == 5;
    }

    private static TlbEntry Combine(TlbEntry above, ulong entry) =>
        new((entry >> 12) & 0xff_ffff_ffff, above.Writable && (entry & 2) != 0, above.Executable && (entry >> 63) == 0, false);

    private static ulong Read(ulong page, int slot) => ((ulong*)Machine.ToVirtual(page << 12))[slot];
}
