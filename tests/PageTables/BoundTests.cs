using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>What a guest can make the kernel do in one go, with its interrupts off.</summary>
public sealed unsafe class BoundTests
{
    private const int Roots = 300;
    private const ulong FirstRoot = 600, FirstTable = 100, Tables = 400;

    [Fact]
    public void Dropping_tables_with_many_parents_each_is_one_short_work()
    {
        using SimpleGuest guest = new(1024, 1000);
        Guest* inner = guest.World.Guest;
        for (ulong table = 0; table < Tables; table++)
        {
            guest.World.Frame(FirstTable + table)[0] = (SimpleGuest.Level2 << 12) | SimpleGuest.All;
        }

        for (ulong root = 0; root < Roots; root++)
        {
            for (ulong table = 0; table < Tables; table++)
            {
                ulong slot = table < 200 ? table : table + 80;
                guest.World.Frame(FirstRoot + root)[slot] = ((FirstTable + table) << 12) | SimpleGuest.All;
            }

            Assert.Equal(Status.Ok, LoadRoots(inner, guest.World.Cpu(0), FirstRoot + root, 0));
            for (ulong table = 0; table < Tables; table++)
            {
                ulong slot = table < 200 ? table : table + 80;
                Assert.True(guest.Read((slot << 39) | (slot >= 256 ? 0xffff_0000_0000_0000 : 0)));
            }
        }

        guest.Checker.Check(drained: true);
        for (ulong table = 0; table < Tables; table++)
        {
            guest.World.Note(((FirstTable + table) << 12) | (ulong)NoteKind.Drop);
        }

        GuestSpace.Flush(inner, null);
        Assert.True(Cache(inner)->Work.Searches <= 8, $"{Cache(inner)->Work.Searches} searches of the cache");
        Assert.Equal(Cache(inner)->Tables.Count - 1, Cache(inner)->Tables.Free);
        guest.Checker.Check(drained: true);
        Assert.True(guest.Read(0));
    }
}
