namespace Tierce.Build.Tests;

/// <summary>An image says how much stack its calls may take, and the build stops where that has no bound.</summary>
public class StackDepthTests
{
    [Fact]
    public void RecursionWithoutBoundIsNamed()
    {
        using var project = new PlantedProject("kernel");
        project.Source("Work.cs", PlantedProject.Work(
            "s_count = Sum(s_count);", "private static int s_count;\n\n    [MethodImpl(MethodImplOptions.NoInlining)]\n    private static int Sum(int n) => n < 2 ? n : Sum(n - 1) + Sum(n - 2);"));
        (int status, string output) = project.Build("-p:StackLimit=4096");
        Assert.NotEqual(0, status);
        Assert.True(output.Contains("error TIERCE002: Planted_Work.Sum: calls Planted_Work.Sum", StringComparison.Ordinal), output);
    }

    [Fact]
    public void TooDeepAStackIsNamedWithTheWayThere()
    {
        using var project = new PlantedProject("kernel");
        project.Source("Work.cs", PlantedProject.Work(
            "byte* bytes = stackalloc byte[2048]; Fill(bytes); s_last = bytes[2047];",
            "private static byte s_last;\n\n    [MethodImpl(MethodImplOptions.NoInlining)]\n    private static void Fill(byte* to) => to[2047] = 1;"));
        (int status, string output) = project.Build("-p:StackLimit=2560");
        Assert.True(status == 0, output);
        (status, output) = project.Build("-p:StackLimit=1024", "-t:Rebuild");
        Assert.NotEqual(0, status);
        Assert.Matches("error TIERCE002: calls may take 2[0-9]{3} bytes of stack, and 1024 are the limit: .*Work.Run", output);
    }
}
