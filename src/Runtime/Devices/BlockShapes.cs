namespace Tierce.Runtime.Devices;

/// <summary>One fixed request: which bytes of the client's buffers it moves, and in which direction.</summary>
public readonly struct BlockShape
{
    /// <summary>First byte in the client's buffers.</summary>
    public readonly uint Offset;

    /// <summary>Bytes; 0 for a flush.</summary>
    public readonly uint Bytes;

    /// <summary>The device writes the buffer: a read of the disk.</summary>
    public readonly bool FromDisk;

    /// <summary>A request with these properties.</summary>
    public BlockShape(uint offset, uint bytes, bool fromDisk)
    {
        Offset = offset;
        Bytes = bytes;
        FromDisk = fromDisk;
    }
}

/// <summary>
/// The fixed requests (<em>heads</em>) of one client of a disk's queue. The bus fills a descriptor chain for each, once. Head 0 is the flush.
/// The next ones move parts of the client's first page, of 512, 1024 or 2048 bytes. The others move 1, 4 or 16 whole pages of a block of 16,
/// or single pages where the heads that are left do not suffice for a block.
/// </summary>
public readonly struct BlockShapes
{
    /// <summary>Pages of a block.</summary>
    public const uint BlockPages = 16;

    private const uint Page = 4096;
    private const uint FirstSmall = 1;

    /// <summary>Heads of the small page in one direction: 8 of 512 bytes, 4 of 1024, 2 of 2048.</summary>
    private const uint SmallHeads = 14;
    private const uint FirstBlock = FirstSmall + (2 * SmallHeads);

    /// <summary>Heads of a block in one direction: one of 16 pages, 4 of 4, 16 of 1.</summary>
    private const uint BlockHeads = 21;

    /// <summary>Fewest heads with which a client can work: one single page.</summary>
    public const uint FewestHeads = FirstBlock + 2;

    /// <summary>Heads of the client.</summary>
    public readonly uint Heads;

    /// <summary>Whole blocks.</summary>
    public readonly uint Blocks;

    /// <summary>Single pages, which follow the blocks.</summary>
    public readonly uint Singles;

    /// <summary>What a client with this number of heads has; at least <see cref="FewestHeads"/>.</summary>
    public BlockShapes(uint heads)
    {
        Heads = heads;
        Blocks = (heads - FirstBlock) / (2 * BlockHeads);
        Singles = (heads - FirstBlock - (Blocks * 2 * BlockHeads)) / 2;
    }

    /// <summary>Pages of its buffers: the small page, the blocks, the single pages.</summary>
    public readonly uint Pages => 1 + (Blocks * BlockPages) + Singles;

    /// <summary>Pages after the small one.</summary>
    public readonly uint WholePages => Pages - 1;

    /// <summary>The request of a head; false if it has none.</summary>
    public readonly bool TryGet(uint head, out BlockShape shape)
    {
        shape = default;
        if (head == 0)
        {
            return true;
        }

        if (head < FirstBlock)
        {
            uint small = (head - FirstSmall) % SmallHeads;
            bool smallFromDisk = head - FirstSmall < SmallHeads;
            shape = small < 8
                ? new BlockShape(small * 512, 512, smallFromDisk)
                : small < 12 ? new BlockShape((small - 8) * 1024, 1024, smallFromDisk) : new BlockShape((small - 12) * 2048, 2048, smallFromDisk);
            return true;
        }

        uint index = head - FirstBlock;
        uint block = index / (2 * BlockHeads);
        if (block < Blocks)
        {
            uint place = index % (2 * BlockHeads);
            bool fromDisk = place < BlockHeads;
            place %= BlockHeads;
            uint pages = place == 0 ? BlockPages : place < 5 ? 4U : 1;
            uint first = place == 0 ? 0 : place < 5 ? (place - 1) * 4 : place - 5;
            shape = new BlockShape((1 + (block * BlockPages) + first) * Page, pages * Page, fromDisk);
            return true;
        }

        uint single = (index - (Blocks * 2 * BlockHeads)) / 2;
        shape = new BlockShape((1 + (Blocks * BlockPages) + single) * Page, Page, (index - (Blocks * 2 * BlockHeads)) % 2 == 0);
        return single < Singles;
    }

    /// <summary>The head for a power of two of sectors (1, 2 or 4) at a multiple of its size in the small page.</summary>
    public static uint Small(uint firstSector, uint sectors, bool fromDisk)
    {
        uint first = sectors == 1 ? 0 : sectors == 2 ? 8U : 12;
        return FirstSmall + (fromDisk ? 0 : SmallHeads) + first + (firstSector / sectors);
    }

    /// <summary>The head for 1, 4 or 16 pages from a page that is a multiple of that in its block; page 0 is the first after the small one.</summary>
    public readonly uint Whole(uint page, uint pages, bool fromDisk)
    {
        if (page >= Blocks * BlockPages)
        {
            return FirstBlock + (Blocks * 2 * BlockHeads) + (2 * (page - (Blocks * BlockPages))) + (fromDisk ? 0U : 1);
        }

        uint inBlock = page % BlockPages;
        uint place = pages == BlockPages ? 0 : pages == 4 ? 1 + (inBlock / 4) : 5 + inBlock;
        return FirstBlock + (page / BlockPages * 2 * BlockHeads) + (fromDisk ? 0 : BlockHeads) + place;
    }
}
