using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>A guest with one plain set of tables: root 1, then 2, 3 and 4, whose leaf table maps frames from 16 on.</summary>
public sealed unsafe class SimpleGuest : IDisposable
{
    public const ulong Root = 1, Level3 = 2, Level2 = 3, Leaves = 4, FirstData = 16;

    /// <summary>Present, writable, user, accessed and dirty.</summary>
    public const ulong All = 0x67;

    public SimpleGuest(ulong frames = 1024, ulong cachePages = 90, ulong settings = 0, bool globals = false)
    {
        World = new World(frames, cachePages, settings, globals);
        World.Frame(Root)[0] = (Level3 << 12) | All;
        World.Frame(Level3)[0] = (Level2 << 12) | All;
        World.Frame(Level2)[0] = (Leaves << 12) | All;
        for (int slot = 0; slot < 512; slot++)
        {
            World.Frame(Leaves)[slot] = ((FirstData + (ulong)slot) << 12) | All;
        }

        Assert.Equal(Status.Ok, LoadRoots(World.Guest, World.Cpu(0), Root, 0));
        Checker = new Checker(World);
    }

    public World World { get; }

    public Checker Checker { get; }

    /// <summary>A write by guest kernel.</summary>
    public bool Write(ulong address) => GuestSpace.Fill(World.Guest, World.Cpu(0), false, address, 2).Filled;

    public bool Read(ulong address) => GuestSpace.Fill(World.Guest, World.Cpu(0), false, address, 0).Filled;

    /// <summary>The cache's table that the loaded root leads to for address 0, at a level.</summary>
    public ulong* Cached(int level)
    {
        int table = World.Cpu(0)->KernelRoot;
        for (int at = 4; at > level; at--)
        {
            table = Cache(World.Guest)->Tables.Linked(Cache(World.Guest)->Tables.Entries(table)[0]);
        }

        return Cache(World.Guest)->Tables.Entries(table);
    }

    public void Dispose() => World.Dispose();
}
