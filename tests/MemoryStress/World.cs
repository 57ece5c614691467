using Tierce.Guest;

namespace Tierce.Tests.MemoryStress;

/// <summary>A process's regions, and what is done to them. Each step returns null, or what was wrong.</summary>
internal unsafe struct World
{
    private const int MostRegions = 12;
    private const int Segmentation = 11;
    private const int Corrupt = 77;
    private const int Children = 3;
    private const long BadAddress = -14;

    private ulong _random;
    private Region* _regions;
    private ulong* _sharedTags;
    private int _pipeOut, _pipeIn;

    /// <summary>Takes memory for the books; false if there is none.</summary>
    public bool Start(ulong seed)
    {
        int* ends = stackalloc int[2];
        long pipe = Linux.Pipe(ends);
        _pipeOut = ends[0];
        _pipeIn = ends[1];
        _random = seed;
        long books = MemoryCalls.Map(MostRegions * sizeof(Region), shared: false);
        long tags = MemoryCalls.Map(MostRegions * Region.MostPages * sizeof(ulong), shared: true);
        _regions = (Region*)books;
        _sharedTags = (ulong*)tags;
        return pipe == 0 && books > 0 && tags > 0;
    }

    /// <summary>One step, chosen at random.</summary>
    public ReadOnlySpan<byte> Step()
    {
        Region* region = &_regions[Below(MostRegions)];
        if (region->Address == 0)
        {
            return Map(region);
        }

        return Below(16) switch
        {
            0 => Unmap(region),
            1 => Grow(region),
            2 => Forget(region),
            3 => Protect(region, MemoryCalls.ReadOnly),
            4 => Protect(region, MemoryCalls.None),
            5 or 6 => ForkOne(),
            7 => ForkSeveral(),
            8 or 9 => region->IsIntact() ? default : "a page is not what was written to it"u8,
            _ => Write(region),
        };
    }

    private ReadOnlySpan<byte> Map(Region* region)
    {
        int pages = 1 + Below(Region.MostPages / 2);
        bool shared = Below(4) == 0;
        long address = MemoryCalls.Map((long)pages * 4096, shared);
        if (address <= 0)
        {
            return "mmap failed"u8;
        }

        region->Address = address;
        region->Pages = pages;
        region->Shared = shared;
        region->SharedTags = _sharedTags + ((region - _regions) * Region.MostPages);
        for (int page = 0; page < pages; page++)
        {
            (*region)[page] = 0;
        }

        return region->IsIntact() ? default : "fresh memory is not zero"u8;
    }

    private ReadOnlySpan<byte> Write(Region* region)
    {
        for (int i = Below(8); i >= 0; i--)
        {
            region->Write(Below(region->Pages), Next() | 1);
        }

        return default;
    }

    private ReadOnlySpan<byte> Unmap(Region* region)
    {
        if (!region->IsIntact())
        {
            return "a page is not what was written to it, at munmap"u8;
        }

        long page = region->Page(Below(region->Pages));
        if (MemoryCalls.Unmap(region->Address, region->Size) != 0)
        {
            return "munmap failed"u8;
        }

        region->Address = 0;
        return CannotUse(page, write: false);
    }

    /// <summary>Growing may move it; the new pages are zeros. Shared memory does not grow.</summary>
    private ReadOnlySpan<byte> Grow(Region* region)
    {
        int pages = region->Pages + 1 + Below(8);
        if (region->Shared || pages > Region.MostPages)
        {
            return default;
        }

        long address = MemoryCalls.Remap(region->Address, region->Size, (long)pages * 4096);
        if (address <= 0)
        {
            return "mremap failed"u8;
        }

        region->Address = address;
        for (int page = region->Pages; page < pages; page++)
        {
            (*region)[page] = 0;
        }

        region->Pages = pages;
        return region->IsIntact() ? default : "a page is not what it was before mremap"u8;
    }

    private ReadOnlySpan<byte> Forget(Region* region)
    {
        if (region->Shared)
        {
            return default;
        }

        int first = Below(region->Pages);
        int count = 1 + Below(region->Pages - first);
        if (MemoryCalls.Forget(region->Page(first), (long)count * 4096) != 0)
        {
            return "madvise failed"u8;
        }

        for (int page = first; page < first + count; page++)
        {
            (*region)[page] = 0;
        }

        return region->IsIntact() ? default : "a page that was given back is not zero"u8;
    }

    private ReadOnlySpan<byte> Protect(Region* region, int protection)
    {
        if (MemoryCalls.Protect(region->Address, region->Size, protection) != 0)
        {
            return "mprotect failed"u8;
        }

        if (protection == MemoryCalls.ReadOnly && !region->IsIntact())
        {
            return "a page is not what was written to it, when read-only"u8;
        }

        ReadOnlySpan<byte> wrong = CannotUse(region->Page(Below(region->Pages)), write: protection == MemoryCalls.ReadOnly);
        if (wrong.Length != 0)
        {
            return wrong;
        }

        if (MemoryCalls.Protect(region->Address, region->Size, MemoryCalls.ReadWrite) != 0)
        {
            return "mprotect back failed"u8;
        }

        Write(region);
        return region->IsIntact() ? default : "a page is not what was written to it, after mprotect"u8;
    }

    /// <summary>A child that touches the address must be killed for it. If it may not even be read, Linux itself is refused too.</summary>
    private ReadOnlySpan<byte> CannotUse(long address, bool write)
    {
        int child = Linux.Fork();
        if (child == 0)
        {
            ulong word = *(ulong*)address;
            if (write)
            {
                *(ulong*)address = word + 1;
            }

            Linux.Exit(Corrupt);
        }

        int status = 0;
        Linux.Wait(child, &status, 0);
        if ((status & 0x7f) != Segmentation)
        {
            return "memory could be used that is not there, or protected"u8;
        }

        return write || MemoryCalls.WriteByte(_pipeIn, address) == BadAddress ? default : "Linux could read memory that is not there"u8;
    }

    /// <summary>The child finds what its parent has, changes its own copies and the shared pages, and ends.</summary>
    private ReadOnlySpan<byte> ForkOne()
    {
        int child = Linux.Fork();
        if (child == 0)
        {
            Linux.Exit(LiveAsChild(1, shared: true) ? 0 : Corrupt);
        }

        int status = 0;
        Linux.Wait(child, &status, 0);
        Next();
        return status != 0 ? "a child found a wrong page"u8 : IsIntact() ? default : "a child's write shows in its parent, or a shared one does not"u8;
    }

    /// <summary>Children and parent change their copies at the same time.</summary>
    private ReadOnlySpan<byte> ForkSeveral()
    {
        int* children = stackalloc int[Children];
        for (int i = 0; i < Children; i++)
        {
            children[i] = Linux.Fork();
            if (children[i] == 0)
            {
                _random += (ulong)i;
                Linux.Exit(LiveAsChild(4, shared: false) ? 0 : Corrupt);
            }
        }

        bool good = LiveAsChild(4, shared: false);
        for (int i = 0; i < Children; i++)
        {
            int status = 0;
            Linux.Wait(children[i], &status, 0);
            good &= status == 0;
        }

        return good && IsIntact() ? default : "of several processes one found a wrong page"u8;
    }

    private bool LiveAsChild(int rounds, bool shared)
    {
        bool good = IsIntact();
        for (int round = 0; round < rounds && good; round++)
        {
            for (int i = 0; i < MostRegions; i++)
            {
                Region* region = &_regions[i];
                if (region->Address != 0 && (shared || !region->Shared))
                {
                    region->Write(Below(region->Pages), Next() | 1);
                }
            }

            good = IsIntact();
        }

        return good;
    }

    private bool IsIntact()
    {
        for (int i = 0; i < MostRegions; i++)
        {
            if (_regions[i].Address != 0 && !_regions[i].IsIntact())
            {
                return false;
            }
        }

        return true;
    }

    private int Below(int bound) => (int)((Next() >> 33) % (ulong)bound);

    /// <summary>Knuth's MMIX generator.</summary>
    private ulong Next() => _random = (_random * 6364136223846793005) + 1442695040888963407;
}
