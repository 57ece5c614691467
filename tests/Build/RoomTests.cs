namespace Tierce.Build.Tests;

/// <summary>The build stops where a room of the kernel uses another against <c>build/rooms.txt</c>, and where that file is wrong.</summary>
public class RoomTests
{
    private const string OwnPlan = $"<AdditionalFiles Remove=\"@(AdditionalFiles)\" /><AdditionalFiles Include=\"rooms.txt\" />";

    [Fact]
    public void UseAgainstThePlanIsNamed()
    {
        using var project = new PlantedProject("kernel");
        Plant(project);
        project.Source("Cellar.cs", Room("Cellar", "Cellar", "=> Objects.Thing.Number()"));
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches(@"Store\.cs\(6,\d+\): error TIERCE302: Memory may not use Objects\.Thing\.Number", output);
        Assert.Matches(@"Cellar\.cs\(6,\d+\): error TIERCE301: Cellar is not listed", output);
        Assert.DoesNotContain("Thing.cs", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Calls")]
    [InlineData("RomCalls")]
    [InlineData("VirtualCpu")]
    public void OnlyItsFaceUsesThePageTableCache(string room)
    {
        using var project = new PlantedProject("kernel");
        project.Source("Table.cs", Room("Translation.Cache", "Table", "=> 1"));
        project.Source("GuestSpace.cs", Room("Translation", "GuestSpace", "=> Cache.Table.Number()"));
        project.Source("Caller.cs", Room(room, "Caller", "=> Translation.GuestSpace.Number() + Translation.Cache.Table.Number()"));
        (int status, string output) = project.Build();
        Assert.NotEqual(0, status);
        Assert.Matches($@"Caller\.cs\(6,\d+\): error TIERCE302: {room} may not use Translation\.Cache\.Table\.Number", output);
        Assert.DoesNotContain("GuestSpace.Number", output, StringComparison.Ordinal);
        Assert.DoesNotContain("GuestSpace.cs", output, StringComparison.Ordinal);
    }

    [Fact]
    public void NamedExceptionIsAllowed()
    {
        using var project = new PlantedProject("kernel", OwnPlan);
        Plant(project);
        project.Source("rooms.txt", "Memory:\nObjects: Memory # and no other\nMemory up to Objects.Thing.Number");
        (int status, string output) = project.Build("-p:HoldsAllRooms=true");
        Assert.True(status == 0, output);
    }

    [Fact]
    public void CircleAndNeedlessLineAreNamed()
    {
        using var project = new PlantedProject("kernel", OwnPlan);
        Plant(project);
        project.Source("rooms.txt", "Time:\nMemory: Objects Time\nObjects: Memory");
        (int status, string output) = project.Build("-p:HoldsAllRooms=true");
        Assert.NotEqual(0, status);
        Assert.Matches(@"rooms\.txt\(2,\d+\): error TIERCE303: Memory lists Objects, which does not come before it", output);
        Assert.Matches(@"rooms\.txt\(2,\d+\): error TIERCE304: Memory does not use Time", output);
        Assert.DoesNotContain("rooms.txt(3,", output, StringComparison.Ordinal);
    }

    private static void Plant(PlantedProject project)
    {
        project.Source("Store.cs", Room("Memory", "Store", "=> Objects.Thing.Number()"));
        project.Source("Thing.cs", Room("Objects", "Thing", "=> 1;\n\n    public static int Stored() => Memory.Store.Number()"));
    }

    private static string Room(string name, string type, string body) => $$"""
        namespace Tierce.Kernel.{{name}};

        internal static class {{type}}
        {
            /// <summary>A number.</summary>
            public static int Number() {{body}};
        }
        """;
}
