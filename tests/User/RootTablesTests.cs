using System.Runtime.InteropServices;
using System.Text;
using Tierce.Root;
using Tierce.Runtime;

namespace Tierce.User;

/// <summary>What root keeps by number has room for any number.</summary>
public sealed unsafe class RootTablesTests
{
    [Fact]
    public void Ends_and_badges_tell_all_domains_apart()
    {
        const int Programs = 70;
        const int Guests = 300;
        HashSet<(int, ulong)> ends = [];
        HashSet<ulong> badges = [DomainEnds.WatcherBadge];
        for (int domain = 0; domain < Programs + Guests; domain++)
        {
            Assert.True(ends.Add((DomainEnds.Group(domain), DomainEnds.Bit(domain))));
            Assert.InRange(DomainEnds.Group(domain), 0, DomainEnds.Groups(Programs + Guests) - 1);
        }

        for (int guest = 0; guest < Guests; guest++)
        {
            ulong badge = DomainEnds.GuestBadge(guest);
            Assert.True(badges.Add(badge));
            Assert.Equal((guest, -1), (DomainEnds.GuestOf(badge), DomainEnds.ProgramOf(badge)));
        }

        for (int program = 0; program < Programs; program++)
        {
            ulong badge = DomainEnds.ProgramBadge(program);
            Assert.True(badges.Add(badge));
            Assert.Equal((-1, program), (DomainEnds.GuestOf(badge), DomainEnds.ProgramOf(badge)));
        }

        Assert.Equal((-1, -1), (DomainEnds.GuestOf(DomainEnds.WatcherBadge), DomainEnds.ProgramOf(DomainEnds.WatcherBadge)));
    }

    [Fact]
    public void Grants_go_on_over_the_pages_that_follow()
    {
        uint grants = 32 + (3 * 300);
        ulong pages = StartupPage.PagesFor(grants);
        Assert.Equal(1UL, StartupPage.PagesFor(128));
        Assert.Equal(2UL, StartupPage.PagesFor(129));
        Assert.InRange(grants, StartupPage.GrantsOn(pages - 1) + 1, StartupPage.GrantsOn(pages));
        StartupPage* page = (StartupPage*)NativeMemory.AllocZeroed((nuint)pages * 4096);
        page->GrantCount = grants;
        for (uint i = 0; i < grants; i++)
        {
            (&page->FirstGrant)[i] = new StartupGrant { Purpose = StartupPurpose.Channel, Slot = i, Value = 7 };
        }

        Assert.True(new Startup(page).TryGet(StartupPurpose.Channel, (int)grants - 1, out uint slot, out _));
        Assert.Equal(grants - 1, slot);
        Assert.False(new Startup(page).TryGet(StartupPurpose.Channel, (int)grants, out _, out _));
        NativeMemory.Free(page);
    }

    [Fact]
    public void Tables_have_room_for_every_section()
    {
        string text = "[machine]\n # [not one]\n" + string.Concat(Enumerable.Range(0, 100).Select(i => $"  [guest g{i}]\nmonitor=m\nrom=r\nkernel=k\nmemory=1G\n[driver d{i}]\nimage=i\n"));
        byte[] manifest = Encoding.ASCII.GetBytes(text);
        int room = RootTables.CountHeads(manifest);
        var parser = new ManifestParser(manifest, new ProgramEntry[room], new GuestEntry[room], new ManifestError[4]);
        Assert.True(parser.Parse());
        Assert.Equal((100, 100), (parser.GuestCount, parser.ProgramCount));
        Assert.Equal(0, RootTables.CountHeads(default));
    }
}
