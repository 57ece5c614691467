using Tierce.Abi;

namespace Tierce.PageTables;

/// <summary>Making a guest: what is refused, and that the least that is taken is enough.</summary>
public sealed unsafe class CreateTests
{
    [Theory]
    [InlineData(0, 90, 0, 0, Status.BadArgument)]
    [InlineData((1L << 28) + 1, 1L << 28, 0, 0, Status.BadArgument)]
    [InlineData(1024, 90, 1024, 0, Status.BadFrame)]
    [InlineData(1024, 90, 0, 1024, Status.BadFrame)]
    [InlineData(65536, 200, 65535, 0, Status.BadFrame)]
    [InlineData(1024, 90, -1, 0, Status.BadFrame)]
    [InlineData(1024, 0, 0, 1, Status.NoMemory)]
    [InlineData(1024, 64, 0, 1, Status.NoMemory)]
    [InlineData(1024, 1 << 12, 0, 1, Status.Ok)]
    public void Is_decided_from_its_sizes(long frames, long cachePages, long bitmapFrame, long noteFrame, Status expected)
    {
        Machine.Reset();
        Guest* guest;
        Assert.Equal(expected, GuestSpace.Create(World.FirstPage, (ulong)frames, World.CachePage, (ulong)cachePages, (ulong)bitmapFrame, (ulong)noteFrame, 0, &guest));
    }

    [Fact]
    public void Every_size_is_refused_or_lies_within_its_memory()
    {
        for (ulong pages = 0; pages < 300; pages++)
        {
            Machine.Reset();
            Guest* guest;
            if (GuestSpace.Create(World.FirstPage, 2048, World.CachePage, pages, 0, 1, 0, &guest) == Status.Ok)
            {
                Assert.True(Cache(guest)->Tables.Count >= 64);
                Assert.Equal(Cache(guest)->Tables.Count, Cache(guest)->Tables.Free);
                ulong last = Cache(guest)->Tables.Physical(Cache(guest)->Tables.Count - 1) >> 12;
                Assert.True(last < World.CachePage + pages, $"{pages} pages, last table at {last}");
                byte* books = (byte*)Cache(guest)->Tables.Record(Cache(guest)->Tables.Count);
                Assert.True(Machine.ToPhysical(books) <= Cache(guest)->Tables.Physical(0));
            }
            else
            {
                Assert.True(pages < 70, $"{pages} pages refused");
            }
        }
    }
}
