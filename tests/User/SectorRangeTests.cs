using Tierce.Hosted;
using Tierce.Runtime.Devices;

namespace Tierce.User;

/// <summary>No sector of a client's request lies outside its part of the disk.</summary>
public sealed class SectorRangeTests
{
    [Theory]
    [InlineData(1000, 50, 0, 50, true)]
    [InlineData(1000, 50, 49, 1, true)]
    [InlineData(1000, 50, 50, 1, false)]
    [InlineData(1000, 50, 49, 2, false)]
    [InlineData(1000, 50, 0, 51, false)]
    [InlineData(1000, 50, ulong.MaxValue, 1, false)]
    [InlineData(1000, 50, ulong.MaxValue - 999, 8, false)]
    [InlineData(0, 0, 0, 1, false)]
    public void Sectors_of_the_part_alone(ulong first, ulong count, ulong sector, ulong sectors, bool good)
    {
        Assert.Equal(good, new SectorRange(first, count).TryTranslate(sector, sectors, out ulong onDisk));
        Assert.True(!good || onDisk == first + sector);
    }

    [Theory]
    [InlineData("count <= Count && ", "", 0UL, 51UL)]
    [InlineData(" && sector <= Count - count", "", 50UL, 1UL)]
    [InlineData("First + sector", "sector", 0UL, 50UL)]
    public void A_missing_check_is_noticed(string old, string @new, ulong sector, ulong sectors) =>
        Twin.MustFail(
            typeof(SectorRangeTests),
            nameof(Sectors_of_the_part_alone),
            [1000UL, 50UL, sector, sectors, sectors == 50],
            new Change("src/Runtime/Devices/SectorRange.cs", old, @new));
}
