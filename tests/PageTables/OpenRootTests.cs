using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>Entries without the user bit in a guest user root: guest user's too where the guest's interface says so, and only there.</summary>
public sealed unsafe class OpenRootTests
{
    private const ulong User = 5, KernelHalf = 0xffff_8800_0000_0000, Page = 0x3000, Neighbour = 0x4000;
    private const ulong Write = 2;

    [Theory]
    [InlineData(0UL, false, 1)]
    [InlineData(0UL, false, 2)]
    [InlineData(0UL, false, 4)]
    [InlineData(CacheSettings.OpenToUser, true, 1)]
    [InlineData(CacheSettings.OpenToUser, true, 2)]
    [InlineData(CacheSettings.OpenToUser, true, 4)]
    public void EntryWithoutTheUserBitIsGuestUsersWhereItsInterfaceSaysSo(ulong settings, bool allowed, int level)
    {
        using SimpleGuest made = Start(settings);
        ulong table = level == 1 ? SimpleGuest.Leaves : level == 2 ? SimpleGuest.Level2 : User;
        ulong* entry = &made.World.Frame(table)[level == 1 ? 3 : 0];
        *entry &= ~PageEntry.User;
        Guest* guest = made.World.Guest;
        LoadedRoots* cpu = made.World.Cpu(0);
        Assert.Equal(allowed, GuestSpace.Fill(guest, cpu, true, Page, 0).Filled);
        Assert.Equal(allowed, GuestSpace.Fill(guest, cpu, true, Page, Write).Filled);
        Assert.True(GuestSpace.Fill(guest, cpu, false, Page, Write).Filled);
        GuestSpace.Flush(guest, null);
        made.Checker.Check(drained: true);
    }

    [Fact]
    public void BothKindsOfPagesStayCachedBesideEachOther()
    {
        using SimpleGuest made = Start(CacheSettings.OpenToUser | CacheSettings.NoFillAhead);
        made.World.Frame(SimpleGuest.Leaves)[3] &= ~PageEntry.User;
        made.World.Frame(User)[PageEntry.Index(KernelHalf, 4)] = (SimpleGuest.Level3 << 12) | SimpleGuest.All;
        Guest* guest = made.World.Guest;
        LoadedRoots* cpu = made.World.Cpu(0);
        foreach (ulong address in new[] { Neighbour, KernelHalf | Neighbour, Page, KernelHalf | Page, Neighbour, KernelHalf | Neighbour })
        {
            Assert.True(GuestSpace.Fill(guest, cpu, true, address, 0).Filled);
        }

        foreach (ulong address in new[] { Page, Neighbour, KernelHalf | Page, KernelHalf | Neighbour })
        {
            Assert.True(Leaf(guest, cpu->UserRoot, address) is var leaf && (leaf & (PageEntry.Present | PageEntry.User | PageEntry.Global)) == (PageEntry.Present | PageEntry.User));
        }

        GuestSpace.Flush(guest, null);
        made.Checker.Check(drained: true);
    }

    private static SimpleGuest Start(ulong settings)
    {
        SimpleGuest made = new(settings: settings, globals: true);
        made.World.Frame(User)[0] = (SimpleGuest.Level3 << 12) | SimpleGuest.All;
        Assert.Equal(Status.Ok, GuestSpace.LoadRoots(made.World.Guest, made.World.Cpu(0), SimpleGuest.Root, User, restartable: false));
        return made;
    }

    /// <summary>The leaf that a root leads to; 0 if there is none.</summary>
    private static ulong Leaf(Guest* guest, int root, ulong address)
    {
        int table = root;
        for (int level = 4; level > 1; level--)
        {
            ulong link = Cache(guest)->Tables.Entries(table)[PageEntry.Index(address, level)];
            if ((link & PageEntry.Present) == 0)
            {
                return 0;
            }

            table = Cache(guest)->Tables.Linked(link);
        }

        return Cache(guest)->Tables.Entries(table)[PageEntry.Index(address, 1)];
    }
}
